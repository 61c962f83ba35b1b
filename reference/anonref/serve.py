"""The reference as a program: answers the questions of HP/1, chapter harness, from a chapter's tables and functions.

Nothing here knows an operation by name: what a chapter takes and gives is read from `anonspec.<chapter>.model`, and its
functions are called by the names that stand there. It is not a network service; it trusts whoever writes to it.
"""

import importlib
import secrets
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any, BinaryIO, TypeVar

from pydantic import ValidationError
from pydantic_core import from_json, to_json

from anonref import VERSION
from anonspec.harness.model import LINE_LIMIT, RunEvents, Start, Stop
from anonspec.shape import Reject, Role, Shape

NO_QUESTION = {"id": None, "error": {"message": "not one JSON object on one line of at most 16 MiB"}}
Fields = TypeVar("Fields", bound=Shape)


class Chapters(Mapping[str, Any]):
    """The modules `anonref.<chapter>` by the chapter's name, each imported when it is first asked for."""

    def __init__(self, *names: str) -> None:
        self._names = names

    def __getitem__(self, name: str) -> Any:
        if name not in self._names:
            raise KeyError(name)
        return importlib.import_module(f"anonref.{name}")

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)


class Unsupported(Exception):
    """What was asked for is not there; the only argument is its name."""


@dataclass
class Subject:
    """A running party: whose functions move it, what they take and give, and the state they have come to."""

    chapter: Any
    role: Role
    group: Any
    state: Any


def chapter_model(chapter: str) -> Any:
    """The module with the tables OPS and ROLES of a chapter."""
    return importlib.import_module(f"anonspec.{chapter}.model")


@dataclass
class Server:
    """A program that answers for `chapters`: objects with a chapter's functions, by the chapter's name."""

    name: str
    version: str
    chapters: Mapping[str, Any]
    model: Callable[[str], Any] = chapter_model
    subjects: dict[str, Subject] = field(default_factory=dict, init=False)

    def answer(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """The answer to one question; whatever happens, it is an answer. HP-4, HP-13"""
        return {"id": request.get("id"), **_outcome(partial(self._act, request))}

    def serve(self, stdin: BinaryIO, stdout: BinaryIO) -> None:
        """Answer line by line until the input ends. HP-1, HP-2, HP-3, HP-5, HP-6"""
        while line := stdin.readline(LINE_LIMIT + 1):
            try:
                request = from_json(line) if len(line) <= LINE_LIMIT else None
            except ValueError:
                request = None
            while line and not line.endswith(b"\n"):
                line = stdin.readline(LINE_LIMIT)
            said = self.answer(request) if isinstance(request, dict) else NO_QUESTION
            stdout.write(to_json(said) + b"\n")
            stdout.flush()

    def _act(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """Do what a question says. HP-12"""
        match request.get("cmd"):
            case "describe":
                return self._describe()
            case "run" if "op" in request:
                return self._operate(request)
            case "run":
                batch = _taken(RunEvents, request, {})
                subject = self._running(batch.subject)
                return {"results": [_outcome(partial(_move, subject, each)) for each in batch.events]}
            case "start":
                return self._start(request)
            case "stop":
                name = _taken(Stop, request, {}).subject
                self._running(name)
                del self.subjects[name]
                return {"out": {}}
            case other:
                raise Unsupported(str(other))

    def _describe(self) -> dict[str, Any]:
        """Who answers, and what it can do: all that the chapters' tables name. HP-10, HP-11, HP-14"""
        models = [self.model(chapter) for chapter in self.chapters]
        tables = [each for model in models for table in (model.OPS, model.ROLES) for each in table.values()]
        kinds = [each for model in models for each in getattr(model, "KINDS", ())]
        capabilities = sorted({*kinds, *(each.capability for each in tables)})
        implementation = {"name": self.name, "version": self.version, "language": "python"}
        return {"hp": 1, "impl": implementation, "capabilities": {each: {} for each in capabilities}}

    def _find(self, table: str, name: object) -> tuple[Any, Any]:
        """The chapter that a full name belongs to, and what the chapter's table says of it. HP-12"""
        chapter = str(name).partition(".")[0]
        known = getattr(self.model(chapter), table) if chapter in self.chapters else {}
        if not isinstance(name, str) or name not in known:
            raise Unsupported(str(name))
        return self.chapters[chapter], known[name]

    def _operate(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """Call the function that an operation names. HP-15, HP-18"""
        chapter, op = self._find("OPS", request["op"])
        fields = _taken(op.takes, request.get("in"), {"codec": chapter})
        value = getattr(chapter, request["op"].rpartition(".")[2])(**_named(fields))
        return {"out": _given(op.gives, value, chapter, getattr(fields, "group", None))}

    def _start(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """Begin a subject, unless its name is in use. HP-15, HP-19, HP-20"""
        chapter, role = self._find("ROLES", request.get("role"))
        start = _taken(Start, {"params": None, **request}, {})
        if start.subject in self.subjects:
            raise Reject("HP-20", f"{start.subject} is running")
        fields = _taken(role.params, start.params, {"codec": chapter})
        if getattr(fields, "seed", b"") is None:  # the party draws for itself, and its functions are pure
            fields = fields.model_copy(update={"seed": secrets.token_bytes(32)})
        state = getattr(chapter, role.begin)(**_named(fields))
        self.subjects[start.subject] = Subject(chapter, role, getattr(fields, "group", None), state)
        return {"out": {}}

    def _running(self, name: str) -> Subject:
        """The running subject of a name. HP-21"""
        if name not in self.subjects:
            raise Reject("HP-21", f"no subject {name}")
        return self.subjects[name]


def _move(subject: Subject, event: Any) -> dict[str, Any]:
    """Hand one event to a subject, whose state moves only if something comes of it. HP-15, HP-22, HP-23, HP-24"""
    if not isinstance(event, dict) or len(event) != 1:
        raise Reject("HP-15", "an event is an object with one member")
    [(name, wire)] = event.items()
    if name not in subject.role.events:
        raise Unsupported(name)
    op = subject.role.events[name]
    fields = _taken(op.takes, wire, {"codec": subject.chapter, "group": subject.group})
    state, value = getattr(subject.chapter, name)(subject.state, **_named(fields))
    out = _given(op.gives, value, subject.chapter, getattr(fields, "group", subject.group))
    subject.state = state
    return {"out": out}


def _outcome(act: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    """What comes of an action, as members of an answer. HP-16, HP-17"""
    try:
        return act()
    except Reject as refusal:
        culprit = {} if refusal.culprit is None else {"culprit": refusal.culprit}
        return {"reject": {"clause": refusal.clause, "reason": refusal.reason, **culprit}}
    except Unsupported as missing:
        return {"unsupported": str(missing)}
    except Exception as fault:  # noqa: BLE001 - one fault must not cost the answers to come
        return {"error": {"message": f"{type(fault).__name__}: {fault}"}}


def _taken(shape: type[Fields], wire: Any, context: dict[str, Any]) -> Fields:
    """What stands on the wire as a shape; words are read by the context's codec. HP-15"""
    try:
        return shape.model_validate_json(to_json(wire), context=context)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        raise Reject("HP-15", f"{'.'.join(map(str, first['loc']))}: {first['msg']}") from None
    except KeyError:  # a word is read in its group, and pydantic drops a group that is malformed
        raise Reject("HP-15", "group: missing or malformed") from None


def _named(fields: Shape) -> dict[str, Any]:
    """A shape's fields as arguments, nested shapes kept."""
    return {name: getattr(fields, name) for name in type(fields).model_fields}


def _given(gives: type[Shape], value: Any, chapter: Any, group: Any) -> dict[str, Any]:
    """What a function returned, on the wire: a `gives`, or the one field of it."""
    names = list(gives.model_fields)
    if not isinstance(value, gives):
        if len(names) > 1 or (not names and value is not None):
            raise TypeError(f"a {gives.__name__} was to be returned, not a {type(value).__name__}")
        value = gives(**dict.fromkeys(names, value))
    out: dict[str, Any] = value.model_dump(mode="json", context={"codec": chapter, "group": group})
    return out


REFERENCE = Server(
    "anonref", VERSION, Chapters("observer", "dcnet", "crowds", "mix", "sgmix", "reply", "cascade", "onion")
)
"""The reference itself, as the entry point `anonref` of group `anonspec.subjects` names it."""

if __name__ == "__main__":
    REFERENCE.serve(sys.stdin.buffer, sys.stdout.buffer)
