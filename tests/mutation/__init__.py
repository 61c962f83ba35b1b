"""Mutation testing of the reference, with nothing but its vectors and laws as tests: `python -m tests.mutation`."""
