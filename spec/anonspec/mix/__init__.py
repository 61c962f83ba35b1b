"""Chapter mix: its text, shapes and vectors."""
