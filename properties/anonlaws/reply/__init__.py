"""Chapter reply: its laws are gathered in laws.py."""
