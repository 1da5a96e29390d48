"""All SQL of repair, by what it is about."""
