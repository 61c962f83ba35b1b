"""What all chapters' shapes share: the base model, bytes on a JSON wire, the one refusal, the tables of operations.

No behaviour of a protocol is here; that is each chapter's text, and `anonref` for the reference.
"""

import re
from dataclasses import dataclass, field
from fractions import Fraction
from math import gcd
from typing import Annotated, Any, Protocol

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    PlainSerializer,
    PlainValidator,
    ValidationInfo,
    WithJsonSchema,
)

HEX_PATTERN = r"([0-9a-f]{2})*"


class Reject(Exception):
    """A party refuses an input; its state is what it was before.

    `clause` is the number of the clause that demands the refusal, `reason` one line for a person, `culprit` the
    number of the member at fault where that can be known.
    """

    def __init__(self, clause: str, reason: str, culprit: int | None = None) -> None:
        super().__init__(f"{clause}: {reason}")
        self.clause = clause
        self.reason = reason
        self.culprit = culprit


class Shape(BaseModel):
    """Base of all messages, parameters and states: frozen, strict, and nothing beyond the named fields."""

    model_config = ConfigDict(frozen=True, strict=True, extra="forbid", arbitrary_types_allowed=True)


def _bytes(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    if not re.fullmatch(HEX_PATTERN, value):
        raise ValueError("bytes are lowercase hexadecimal, two digits a byte")
    return bytes.fromhex(value)


def _exactly(length: int) -> AfterValidator:
    def check(value: bytes) -> bytes:
        if len(value) != length:
            raise ValueError(f"{length} bytes are wanted here, not {len(value)}")
        return value

    return AfterValidator(check)


def _hex_schema(digits: str) -> WithJsonSchema:
    return WithJsonSchema({"type": "string", "pattern": f"^{digits}$"})


_HEX = PlainSerializer(bytes.hex, return_type=str, when_used="json")

Hex = Annotated[bytes, BeforeValidator(_bytes), _HEX, _hex_schema(HEX_PATTERN)]
"""Bytes; on the wire lowercase hexadecimal, two digits a byte."""

Bytes8 = Annotated[bytes, BeforeValidator(_bytes), _exactly(8), _HEX, _hex_schema("[0-9a-f]{16}")]
"""Exactly 8 bytes."""

Bytes16 = Annotated[bytes, BeforeValidator(_bytes), _exactly(16), _HEX, _hex_schema("[0-9a-f]{32}")]
"""Exactly 16 bytes."""

Bytes32 = Annotated[bytes, BeforeValidator(_bytes), _exactly(32), _HEX, _hex_schema("[0-9a-f]{64}")]
"""Exactly 32 bytes."""

Bytes128 = Annotated[bytes, BeforeValidator(_bytes), _exactly(128), _HEX, _hex_schema("[0-9a-f]{256}")]
"""Exactly 128 bytes."""

Bytes256 = Annotated[bytes, BeforeValidator(_bytes), _exactly(256), _HEX, _hex_schema("[0-9a-f]{512}")]
"""Exactly 256 bytes."""


FRACTION = r"(0|[1-9][0-9]*)/([1-9][0-9]*)"


def _fraction(value: Any, info: ValidationInfo) -> Any:
    if info.mode != "json":
        return value
    if not isinstance(value, str) or not (parts := re.fullmatch(FRACTION, value)):
        raise ValueError('a fraction is text like "3/4"')
    over, under = int(parts[1]), int(parts[2])
    if gcd(over, under) != 1:
        raise ValueError("a fraction is in lowest terms")
    return Fraction(over, under)


Chance = Annotated[
    Fraction,
    BeforeValidator(_fraction),
    PlainSerializer(lambda chance: f"{chance.numerator}/{chance.denominator}", return_type=str, when_used="json"),
    WithJsonSchema({"type": "string", "pattern": f"^{FRACTION}$"}),
]
"""A fraction, 0 or more; on the wire text, in lowest terms."""


class WordCodec(Protocol):
    """How a party reads and writes words: a chapter's `read_word` and `write_word`."""

    def read_word(self, group: Any, data: bytes) -> Any: ...
    def write_word(self, group: Any, word: Any) -> bytes: ...


def _read(value: Any, info: ValidationInfo) -> Any:
    if info.mode != "json":
        return value
    if not isinstance(value, str):
        raise ValueError("a word is hexadecimal text")
    if info.context is None:
        raise ValueError("a word on the wire is read by a party: give its codec as context")
    group = info.data["group"] if "group" in info.data else info.context.get("group")
    if group is None:
        raise ValueError("a word of no group")
    return info.context["codec"].read_word(group, _bytes(value))


def _write(word: Any, info: Any) -> str:
    data: bytes = info.context["codec"].write_word(info.context["group"], word)
    return data.hex()


Word = Annotated[
    Any,
    PlainValidator(_read),
    PlainSerializer(_write, when_used="json"),
    _hex_schema(HEX_PATTERN),
]
"""An element of a group: an integer in memory, or a solver's term; on the wire fixed-width lowercase hexadecimal, read
and written by the party itself (the context's `codec`), which refuses what does not fit. The group is the message's own
field `group`, named before the word, or else the context's."""


@dataclass(frozen=True)
class Op:
    """A pure operation of a chapter: the function of the same name takes `takes`'s fields and gives `gives`."""

    capability: str
    takes: type[Shape]
    gives: type[Shape]


@dataclass(frozen=True)
class Role:
    """A party with a state: begun by the function `begin` with `params`, moved by the functions in `events`.

    Each event's function takes the state and the event's fields and gives the new state and what the party puts out.
    """

    capability: str
    begin: str
    params: type[Shape]
    events: dict[str, Op] = field(default_factory=dict)
