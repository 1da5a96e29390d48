"""The endpoints of push rules, pushers and notifications."""
