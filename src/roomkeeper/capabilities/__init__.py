"""What Roomkeeper adds to a chat server; each package installs alone and reaches the core through hooks only."""
