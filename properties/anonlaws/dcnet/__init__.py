"""Chapter dcnet: its laws are gathered in laws.py."""
