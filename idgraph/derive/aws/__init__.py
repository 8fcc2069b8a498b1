"""AWS: who can become whom."""
