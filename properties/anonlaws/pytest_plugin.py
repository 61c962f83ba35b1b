"""A program's vectors, sampled laws and walked roles as pytest's own test items.

    pytest --anonspec-program "node my-mix.mjs" --anonspec-chapters mix,sgmix

Or `--anonspec-subject NAME` for an installed subject, or in a conftest.py a hook that gives one:

    def pytest_anonspec_subject():
        return MyServer()  # `answer` takes a question of HP/1 and returns the answer

Nothing of anonspec but this file is imported where none of these is there.
"""

from typing import Any

import pytest


class Hooks:
    """What a conftest.py may define."""

    @pytest.hookspec(firstresult=True)
    def pytest_anonspec_subject(self) -> Any:
        """An object whose `answer` takes a question of HP/1, a dict, and returns the answer to it."""


def pytest_addhooks(pluginmanager: pytest.PytestPluginManager) -> None:
    """Let a conftest.py give a subject."""
    pluginmanager.add_hookspecs(Hooks)


def pytest_addoption(parser: pytest.Parser) -> None:
    """The options, in a group of their own."""
    group = parser.getgroup("anonspec", "anonspec: a program that speaks HP/1, checked")
    group.addoption("--anonspec-subject", metavar="NAME", help="The installed subject to be checked.")
    group.addoption("--anonspec-program", metavar="COMMAND", help="The program to be checked.")
    group.addoption(
        "--anonspec-chapters", metavar="A,B", help="Only these chapters; else all of which it has anything."
    )
    group.addoption("--anonspec-seed", metavar="N", type=int, default=0, help="Of all that is drawn.")
    group.addoption("--anonspec-walks", metavar="N", type=int, default=100, help="Of each role.")
    group.addoption("--anonspec-watchdog", metavar="S", type=float, default=10.0, help="Seconds for an answer.")


def pytest_configure(config: pytest.Config) -> None:
    """Go on in `pytest_items`, if there is anything to be checked."""
    named = ("anonspec_subject", "anonspec_program", "anonspec_chapters")
    if config.hook.pytest_anonspec_subject.get_hookimpls() or any(config.getoption(each) is not None for each in named):
        config.pluginmanager.import_plugin("anonlaws.pytest_items")
