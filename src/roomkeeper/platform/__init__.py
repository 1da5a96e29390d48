"""What every area stands on: settings, errors, HTTP, database, hooks, and the other services without chat in them."""
