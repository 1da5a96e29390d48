"""What people see: the web pages of a real server in Debian's Chromium."""
