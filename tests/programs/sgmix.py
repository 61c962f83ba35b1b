"""The chapter `sgmix`, answering the harness protocol HP/1 on standard input and output.

Python 3.11, standard library only.  Written from harness.md and sgmix.md alone.

Parts: the line protocol's refusals; readers of fields (HP-15); the sender; the watcher; the mix with its records;
the operations; questions and answers.
"""

import hashlib
import heapq
import json
import math
import re
import sys

LONGEST_LINE = 1 << 24  # bytes, the line feed included (table of section Lines)

sys.set_int_max_str_digits(0)  # a chance may be written with any number of digits


# ---------------------------------------------------------------------------------------------- ways to not answer


class Refusal(Exception):
    """Refused, as a clause demands."""

    def __init__(self, clause, reason):
        super().__init__(reason)
        self.clause = clause
        self.reason = reason


class Unsupported(Exception):
    """A name that this program does not know."""

    def __init__(self, name):
        super().__init__(name)
        self.name = name


class Failure(Exception):
    """The program itself fails (HP-17), above all where an answer would be too long (HP-5)."""


def malformed(where, what):
    raise Refusal("HP-15", f"{where}: {what}")


def encode(value):
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


# ------------------------------------------------------------------------------- fields: one reader for each kind
# A reader takes a value out of a question and the place where it stands; it gives what the program works with, or
# refuses with HP-15.

LOWERCASE_HEX = re.compile(r"(?:[0-9a-f]{2})*")


def integer(least, most):
    def read(value, where):
        if type(value) is not int:  # true and false are no integers here
            malformed(where, "not an integer")
        if not least <= value <= most:
            malformed(where, "outside its limits")
        return value

    return read


def text(value, where):
    if not isinstance(value, str):
        malformed(where, "not text")
    return value


def bytes_of(length=None):
    def read(value, where):
        if not isinstance(value, str) or not LOWERCASE_HEX.fullmatch(value):
            malformed(where, "not bytes in lowercase hexadecimal")
        if length is not None and len(value) != 2 * length:
            malformed(where, f"not {length} bytes")
        return bytes.fromhex(value)

    return read


def list_of(reader, least=0, most=math.inf):
    def read(value, where):
        if not isinstance(value, list):
            malformed(where, "not a list")
        if not least <= len(value) <= most:
            malformed(where, "too few or too many")
        return [reader(one, where) for one in value]

    return read


def one_of(*names):
    def read(value, where):
        if not isinstance(value, str) or value not in names:
            malformed(where, "none of its names")
        return value

    return read


def fields(**table):
    """An object with exactly these members."""

    def read(value, where):
        if not isinstance(value, dict):
            malformed(where, "not an object")
        for name in table:
            if name not in value:
                malformed(f"{where}.{name}", "missing")
        if len(value) != len(table):
            malformed(where, "has a member that is not in the table")
        return {name: reader(value[name], name) for name, reader in table.items()}

    return read


LAST_MOMENT = (1 << 53) - 1
TIME = integer(0, LAST_MOMENT)
NUMBER = integer(0, LAST_MOMENT)
MEAN = GAP = integer(1, 1 << 40)
BOUND = integer(0, 1 << 40)  # fastest, slowest and skew
OCCUPANCY = integer(1, 1 << 20)
SIZE = integer(1, 1 << 16)
PLACE = integer(1, (1 << 32) - 1)
SEED = bytes_of(32)
DRAW = bytes_of(8)
HOP = fields(mean=MEAN, gap=GAP)


# ------------------------------------------------------------------------------------------------------- the sender

NATURAL_LOGARITHM_OF_2 = 12786308645202655659  # times 2^64


def labelled_draw(seed, number, hop):
    """SGM-1: 8 bytes."""
    label = b"delay" + number.to_bytes(8, "big") + hop.to_bytes(4, "big")
    return hashlib.shake_256(seed + b"\0" + label).digest(8)


def delay_of(draw, mean):
    """SGM-2, in its six steps."""
    v = int.from_bytes(draw, "big") + 1
    d = v.bit_length()
    m = v >> 1 if d == 65 else v << 64 - d
    f = 0
    for _ in range(56):
        square = m * m
        b = square >> 127  # 1 if it is 2^127 or more: it is below 2^128
        m = square >> 63 + b
        f = 2 * f + b
    e = (65 - d << 56) - f
    x = e * NATURAL_LOGARITHM_OF_2 >> 64
    return mean * x >> 56


def plan(seed, number, start, hops, occupancy, fastest, slowest, skew):
    """One instruction for each hop."""
    if fastest > slowest:
        raise Refusal("SGM-5", "fastest is more than slowest")
    if any(hop["mean"] < occupancy * hop["gap"] for hop in hops):
        raise Refusal("SGM-4", "too few messages in a mix")
    instructions = []
    s = start
    for i, hop in enumerate(hops, 1):
        delay = delay_of(labelled_draw(seed, number, i), hop["mean"])
        earliest = max(0, s + i * fastest - skew)
        latest = s + i * slowest + skew
        instructions.append({"delay": delay, "earliest": earliest, "latest": latest})
        s += delay
    if latest + delay > LAST_MOMENT:
        raise Refusal("SGM-8", "past the end of the clock")
    return instructions


# ------------------------------------------------------------------------------------------------------ the watcher


def origin(events):
    """SGM-18: for each arrival, a fraction as text.

    The weight of an arrival is the product of (k - 1) / k over the departures that came after it, so the list is
    gone through backwards from the last departure, with one product.
    """
    held = []  # before each event
    k = 0
    for event in events:
        held.append(k)
        k += 1 if event == "arrival" else -1
        if k < 0:
            raise Refusal("SGM-19", "a message leaves while none is held")
    if "departure" not in events:
        raise Refusal("SGM-19", "no message leaves")

    last = len(events) - 1 - events[::-1].index("departure")
    chances = ["0/1"] * (len(events) - 1 - last)  # backwards, the latest arrival first
    numerator, denominator = 1, held[last]
    length, chance = 0, None  # chance: the fraction as text, once it is asked for
    for event, k in zip(events[last - 1 :: -1], held[last - 1 :: -1]):  # an arrival came before: last > 0
        if event == "arrival":
            chance = chance or f"{numerator}/{denominator}"
            chances.append(chance)
            length += len(chance) + 3
            if length > LONGEST_LINE:
                raise Failure("the chances are too long for an answer")
        elif numerator:
            chance = None
            common = math.gcd(numerator, k)
            also = math.gcd(denominator, k - 1)
            numerator = (numerator // common) * ((k - 1) // also)
            denominator = (denominator // also) * (k // common)
    return chances[::-1]


# ---------------------------------------------------------------------------------------------------------- the mix


class Node:
    """A mix.  Its state: first, held, memory.

    `first` is the first moment that is not over.  `held` is a heap of (moment at which it leaves, message).
    `memory` says of the fingerprint of each message taken the `latest` of its window; `ends` is a heap of the same
    pairs, (latest, fingerprint), to forget by.
    """

    def __init__(self, size):
        self.size = size
        self.first, self.held, self.memory, self.ends = 0, [], {}, []

    def fingerprint(self, message):
        return message if self.size <= 32 else hashlib.sha256(message).digest()

    def go_to(self, moment, room):
        """All moments before this one are over: gives what leaves in them.  Changes nothing if it fails."""
        leaving = []
        while self.held and self.held[0][0] < moment:
            leaving.append(heapq.heappop(self.held))
        if len(leaving) * (2 * self.size + 50) > room:
            for one in leaving:
                heapq.heappush(self.held, one)
            raise Failure("what leaves is too long for an answer")
        while self.ends and self.ends[0][0] < moment:
            del self.memory[heapq.heappop(self.ends)[1]]
        self.first = moment
        return [{"at": at, "message": message.hex()} for at, message in leaving]

    # --- events

    def arrive(self, given, room):
        at, message = given["at"], given["message"]
        if at < self.first:
            raise Refusal("SGM-9", "the moment is over")
        if len(message) != self.size:
            raise Refusal("SGM-10", f"{len(message)} bytes, not {self.size}")
        if not given["earliest"] <= at <= given["latest"]:
            raise Refusal("SGM-11", "not in its window")
        mark = self.fingerprint(message)
        if self.memory.get(mark, -1) >= at:
            raise Refusal("SGM-12", "a copy")
        sends = self.go_to(at, room)
        heapq.heappush(self.held, (at + given["delay"], message))
        self.memory[mark] = given["latest"]
        heapq.heappush(self.ends, (given["latest"], mark))
        return {"sends": sends}

    def wait(self, given, room):
        if given["at"] < self.first:
            raise Refusal("SGM-9", "the moment is over")
        return {"sends": self.go_to(given["at"] + 1, room)}

    def record(self):
        body = RECORD_BEGINS + encode(
            {
                "size": self.size,
                "first": self.first,
                "held": [[at, message.hex()] for at, message in sorted(self.held)],
                "memory": [[latest, mark.hex()] for mark, latest in sorted(self.memory.items())],
            }
        )
        return body + checksum(body)

    def write_down(self, given, room):
        record = self.record()
        if len(encode(record)) > room:
            raise Failure("the record is too long for an answer")
        return {"record": record}

    def restart(self, given, room):
        self.__dict__ = from_record(self.record()).__dict__
        return {}

    events = {
        "arrive": (fields(at=TIME, message=bytes_of(), delay=TIME, earliest=TIME, latest=TIME), arrive),
        "wait": (fields(at=TIME), wait),
        "write_down": (fields(), write_down),
        "restart": (fields(), restart),
    }


RECORD_BEGINS = "sgmix record 1 "


def checksum(body):
    return hashlib.sha256(body.encode("utf-8", "surrogatepass")).hexdigest()


def from_record(record):
    body, check = record[:-64], record[-64:]
    if not body.startswith(RECORD_BEGINS) or checksum(body) != check:
        raise Refusal("SGM-17", "not a record of this program")
    try:
        state = json.loads(body[len(RECORD_BEGINS) :])
        node = Node(state["size"])
        node.first = state["first"]
        node.held = [(at, bytes.fromhex(message)) for at, message in state["held"]]
        node.ends = [(latest, bytes.fromhex(mark)) for latest, mark in state["memory"]]
    except (LookupError, TypeError, ValueError):
        raise Refusal("SGM-17", "not a record of this program") from None
    node.memory = {mark: latest for latest, mark in node.ends}
    heapq.heapify(node.held)
    heapq.heapify(node.ends)
    return node


def begin_node(params):
    return Node(fields(size=SIZE)(params, "params")["size"])


def resume_node(params):
    return from_record(fields(record=text)(params, "params")["record"])


ROLES = {"sgmix.node": begin_node, "sgmix.resumed": resume_node}


# --------------------------------------------------------------------------------------------------- pure operations

OPERATIONS = {
    "sgmix.draw": (fields(seed=SEED, number=NUMBER, hop=PLACE), lambda given: {"data": labelled_draw(**given).hex()}),
    "sgmix.delay": (fields(data=DRAW, mean=MEAN), lambda given: {"delay": delay_of(given["data"], given["mean"])}),
    "sgmix.plan": (
        fields(
            seed=SEED,
            number=NUMBER,
            start=TIME,
            hops=list_of(HOP, 1, 100),
            occupancy=OCCUPANCY,
            fastest=BOUND,
            slowest=BOUND,
            skew=BOUND,
        ),
        lambda given: {"instructions": plan(**given)},
    ),
    "sgmix.origin": (
        fields(events=list_of(one_of("arrival", "departure"))),
        lambda given: {"chances": origin(given["events"])},
    ),
}

CAPABILITIES = ["sgmix.delay", "sgmix.plan", "sgmix.chances", "sgmix.node", "sgmix.resume"]

IMPLEMENTATION = {"name": "stranger-sgmix", "version": "1", "language": "python"}


# --------------------------------------------------------------------------------------------- questions and answers

subjects = {}  # name -> party that is running


def named(question, member, known):
    """What the question names by this member, out of those known (HP-12)."""
    if member not in question:
        malformed(member, "missing")
    name = question[member]
    if not isinstance(name, str):
        raise Unsupported(encode(name))
    if name not in known:
        raise Unsupported(name)
    return known[name]


def describe(question):
    return {"hp": 1, "impl": IMPLEMENTATION, "capabilities": {name: {} for name in CAPABILITIES}}


def run(question):
    if "op" in question:
        read, operation = named(question, "op", OPERATIONS)
        return {"out": operation(read(question.get("in"), "in"))}
    party = subjects[running(question)]
    events = question.get("events")
    if not isinstance(events, list):
        malformed("events", "not a list")
    id_length = len(encode(question.get("id")).encode("utf-8", "backslashreplace"))
    room = LONGEST_LINE - 1000 - id_length - 100 * len(events)
    if room < 0:
        raise Failure("the answer would be too long")
    results = []
    for event in events:
        result = attempt(happen, party, event, room)
        room -= max(0, len(encode(result)) - 100)
        results.append(result)
    return {"results": results}


def happen(party, event, room):
    if not isinstance(event, dict) or len(event) != 1:
        malformed("event", "not an object with exactly one member")
    ((name, content),) = event.items()
    if name not in party.events:
        raise Unsupported(name)
    read, handle = party.events[name]
    return {"out": handle(party, read(content, name), room)}


def start(question):
    begin = named(question, "role", ROLES)
    name = text(question.get("subject"), "subject")
    if name in subjects:
        raise Refusal("HP-20", "the name is in use")
    subjects[name] = begin(question.get("params"))
    return {"out": {}}


def stop(question):
    del subjects[running(question)]
    return {"out": {}}


def running(question):
    name = text(question.get("subject"), "subject")
    if name not in subjects:
        raise Refusal("HP-21", "no such subject is running")
    return name


COMMANDS = {"describe": describe, "run": run, "start": start, "stop": stop}


def attempt(action, *arguments):
    """What the action gives, or the refusal, the missing name or the failure that came of it."""
    try:
        return action(*arguments)
    except Refusal as refusal:
        return {"reject": {"clause": refusal.clause, "reason": refusal.reason}}
    except Unsupported as missing:
        return {"unsupported": missing.name}
    except Exception as problem:
        return {"error": {"message": f"{type(problem).__name__}: {problem}"[:80].replace("\n", " ")}}


def ask(question):
    return named(question, "cmd", COMMANDS)(question)


def answer(line):
    """The line that answers this one."""
    try:
        question = json.loads(line.decode("utf-8"))
        if not isinstance(question, dict):
            raise ValueError
    except (ValueError, RecursionError):
        return b'{"id":null,"error":{"message":"the line is not one JSON object"}}\n'
    head = {"id": question.get("id")}
    # A text may not hold a lone surrogate; should one come, it goes back as the escape that it came as.
    written = (encode(head | attempt(ask, question)) + "\n").encode("utf-8", "backslashreplace")
    if len(written) > LONGEST_LINE:
        written = (encode(head | {"error": {"message": "the answer is too long"}}) + "\n").encode("utf-8")
    return written


def main():
    for line in iter(sys.stdin.buffer.readline, b""):
        sys.stdout.buffer.write(answer(line))
        sys.stdout.buffer.flush()


if __name__ == "__main__":
    main()
