"""anonref: the smallest programs that follow the chapters of anonspec, written to be read, sampled and proved."""

VERSION = "0.1.0"
"""The distribution's version, as `describe` tells it."""
