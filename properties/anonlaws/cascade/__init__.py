"""Chapter cascade: its laws are gathered in laws.py."""
