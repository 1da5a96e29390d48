"""The SQL of SCIM."""
