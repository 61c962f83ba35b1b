"""Chapter onion: its laws are gathered in laws.py."""
