"""Chapter reply: answering somebody without knowing who it is. The text is README.md beside this file."""
