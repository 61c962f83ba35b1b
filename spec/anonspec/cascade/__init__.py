"""Chapter cascade: several mixes in a row, one of which has to be honest. The text is README.md beside this file."""
