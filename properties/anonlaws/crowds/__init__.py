"""Chapter crowds: its laws are gathered in laws.py."""
