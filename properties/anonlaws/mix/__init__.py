"""Chapter mix: its laws are gathered in laws.py."""
