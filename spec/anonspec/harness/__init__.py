"""Chapter harness: how a program is asked what it does, HP/1."""
