"""Shapes of chapter harness: the requests and answers of HP/1, the files of cases, and the profiles of programs.

The text is README.md beside this file. A member of a request or an answer that is not named here is ignored (HP-13); a
member that is null counts as absent.
"""

from typing import Annotated, Any, Literal, Self

from pydantic import ConfigDict, Field, StringConstraints, model_validator

from anonspec.shape import Shape

LINE_LIMIT = 2**24
"""Bytes of the longest line, its line feed included (HP-5, HP-7)."""

Id = Annotated[int, Field(ge=0, le=2**53)] | str
"""The number or text by which an answer is matched to its request (HP-4)."""

Clause = Annotated[str, StringConstraints(pattern=r"^[A-Z]+-[0-9]+$")]
"""The number of a clause, as in `HP-1`."""

Name = Annotated[str, StringConstraints(pattern=r"^[a-z0-9_]+(/[a-z0-9_]+)*$")]
"""The name of a case within its chapter."""

Digest = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{16}$")]
"""The first 16 hexadecimal digits of the SHA-256 of a case's content (HP-31)."""


class Wire(Shape):
    """A request, an answer, or a part of an answer: what is not named here is ignored."""

    model_config = ConfigDict(extra="ignore")


# ---- requests ----


class Describe(Wire):
    """Asks a program what it is. `hp` are the versions of the protocol that the driver speaks."""

    id: Id
    cmd: Literal["describe"]
    hp: list[int]


class RunOp(Wire):
    """Asks for the pure operation `op` of the fields `in`."""

    id: Id
    cmd: Literal["run"]
    op: str
    in_: Annotated[dict[str, Any], Field(alias="in")]


class Start(Wire):
    """Asks to begin a party of the kind `role`, as `params` say, and to call it `subject`."""

    id: Id
    cmd: Literal["start"]
    subject: str
    role: str
    params: dict[str, Any]


class RunEvents(Wire):
    """Asks to hand `events` to `subject`, in this order; each has one member: its name, with its fields."""

    id: Id
    cmd: Literal["run"]
    subject: str
    events: list[Any]


class Stop(Wire):
    """Asks to forget `subject`."""

    id: Id
    cmd: Literal["stop"]
    subject: str


# ---- answers ----


class Refusal(Wire):
    """A refusal: the clause that demands it, one line for a person, and the member at fault where it can be known."""

    clause: Clause
    reason: str = ""
    culprit: int | None = None


class Failure(Wire):
    """The program itself failed: `message` is one line for a person."""

    message: str = ""


class Result(Wire):
    """What came of one request or event: exactly one of these."""

    out: dict[str, Any] | None = None
    reject: Refusal | None = None
    unsupported: str | None = None
    error: Failure | None = None

    @model_validator(mode="after")
    def _exactly_one(self) -> Self:
        said = [name for name, value in vars(self).items() if name != "id" and value is not None]
        if len(said) != 1:
            raise ValueError(f"exactly one of out, reject, unsupported, error, results; not {said}")
        return self


class Answer(Result):
    """The answer to any request but `describe`: a result, or one result for each event of a batch."""

    id: Id | None
    results: list[Result] | None = None


class Implementation(Wire):
    """What answers: its name, its version, and the language it is written in; any text."""

    name: str
    version: str
    language: str


class Described(Wire):
    """The answer to `describe`: the version spoken, who answers, and what it can do, by capability (HP-10)."""

    id: Id
    hp: Literal[1]
    impl: Implementation
    capabilities: Annotated[dict[str, dict[str, Any]], Field(min_length=1)]


# ---- files of cases ----


class ExpectedRefusal(Shape):
    """A refusal by this clause; and of this culprit, if one is named."""

    clause: Clause
    culprit: int | None = None


class Expected(Shape):
    """What has to come of a request or event: exactly this `out`, or this refusal.

    Of what is named in `free`, fields of `out` or elements of one that is a list (`trail[0]`), only the form is
    compared (HP-28).
    """

    out: dict[str, Any] | None = None
    reject: ExpectedRefusal | None = None
    free: tuple[str, ...] = ()

    @model_validator(mode="after")
    def _exactly_one(self) -> Self:
        if (self.out is None) == (self.reject is None):
            raise ValueError("exactly one of out, reject")
        if not {each.partition("[")[0] for each in self.free} <= set(self.out or ()):
            raise ValueError("only a field of out is free, or an element of one")
        return self


class ExpectedRun(Shape):
    """What has to come of a start, and of each event after it, in order; none if the start is refused."""

    start: Expected
    results: tuple[Expected, ...] = ()


class Ask(Shape):
    """A pure operation by its full name, and its fields."""

    op: str
    in_: Annotated[dict[str, Any], Field(alias="in")]


class Begin(Shape):
    """A role by its full name, and the fields it is begun with."""

    role: str
    params: dict[str, Any]


class Case(Shape):
    """One fact about a program: either `ask`, or `start` and `events`; and what is expected of it."""

    name: Name
    clauses: Annotated[tuple[Clause, ...], Field(min_length=1)]
    """The clauses that the case is for."""
    needs: Annotated[tuple[str, ...], Field(min_length=1)]
    """The capabilities without which the case says nothing about a program (HP-27)."""
    why: Annotated[str, Field(min_length=1)]
    """One sentence: what a program does that gets it wrong, or why it matters."""
    control: Name | None = None
    """Where a refusal is expected: a case much like this one in which nothing is refused."""
    ask: Ask | None = None
    start: Begin | None = None
    events: tuple[dict[str, Any], ...] = ()
    expect: Expected | ExpectedRun
    chapter: Annotated[str, Field(exclude=True)] = ""
    """The chapter of the file that the case stands in; not written in the case itself."""

    @property
    def id(self) -> str:
        """The chapter and the name: what a case is called in reports."""
        return f"{self.chapter}/{self.name}"

    @property
    def refused(self) -> bool:
        """Whether any refusal is expected."""
        if isinstance(self.expect, Expected):
            return self.expect.reject is not None
        return any(each.reject is not None for each in (self.expect.start, *self.expect.results))

    @property
    def free(self) -> bool:
        """Whether anything is expected of which only the form is compared."""
        if isinstance(self.expect, Expected):
            return bool(self.expect.free)
        return any(each.free for each in self.expect.results)

    @model_validator(mode="after")
    def _one_kind(self) -> Self:
        if (self.ask is None) == (self.start is None):
            raise ValueError("exactly one of ask, start")
        if (self.ask is not None) != isinstance(self.expect, Expected):
            raise ValueError("expect goes with what is asked: out or reject for ask, start and results for start")
        return self


class VectorFile(Shape):
    """A file of cases of one chapter."""

    format: Literal[1]
    chapter: str
    cases: tuple[Case, ...]


# ---- profiles ----


class Profile(Shape):
    """What a program claims to be, frozen: the capabilities it needs for that, and by what it is judged (HP-31)."""

    format: Literal[1]
    name: Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9]*(-[a-z0-9]+)*$")]
    version: Annotated[int, Field(ge=1)]
    chapter: str
    claim: Annotated[str, Field(min_length=1)]
    """One sentence: what a program of this profile does."""
    requires: Annotated[tuple[str, ...], Field(min_length=1)]
    """The capabilities that it has to declare."""
    clauses: Annotated[tuple[Clause, ...], Field(min_length=1)]
    """The clauses that its cases and laws are for."""
    cases: Annotated[dict[Name, Digest], Field(min_length=1)]
    """The names of its cases, each with the digest of its content."""
    laws: tuple[str, ...] = ()
    """The names of its laws, for a driver that has them."""

    @property
    def id(self) -> str:
        """Name and version, as in `mix-sealed@1`."""
        return f"{self.name}@{self.version}"
