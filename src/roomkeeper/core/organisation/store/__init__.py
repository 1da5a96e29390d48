"""All SQL of the organisation, by what it is about."""
