"""Chapter crowds: hiding among members who pass each other's requests on. The text is README.md beside this file."""
