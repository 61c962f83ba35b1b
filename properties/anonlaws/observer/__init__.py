"""Chapter observer: its laws are gathered in laws.py."""
