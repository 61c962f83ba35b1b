"""Chapter sgmix: its laws are gathered in laws.py."""
