"""Chapter sgmix: mixes that hold each message as long as its sender says. The text is README.md beside this file."""
