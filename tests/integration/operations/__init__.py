"""What operators see of the server: its health, jobs, audit log, overview."""
