"""Imported once by the process that all mutants' processes are forked from: what takes long to load."""

from anonlaws.check import laws_of, loaded

from .judge import CHAPTERS

for chapter in CHAPTERS:
    laws_of(chapter)
    loaded(chapter)
