"""All SQL of records, by what it is about."""
