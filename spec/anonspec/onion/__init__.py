"""Chapter onion: packets of constant size for any route. The text is README.md beside this file."""
