"""Programs that answer HP/1 wrongly, each in one way; `python -m anonlaws.degenerate.hang` is one."""
