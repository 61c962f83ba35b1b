"""The chapter `mix`, answering the harness protocol HP/1 on standard input and output.

Python 3.11, standard library only.  Written from harness.md and mix.md alone.

Parts: the line protocol's refusals; readers of fields (HP-15); rules; draws, taking and laws; the node with its
records; the operations; questions and answers.
"""

import hashlib
import itertools
import json
import math
import os
import re
import sys

LONGEST_LINE = 1 << 24  # bytes, the line feed included (table of section Lines)
MOST_COINS = 1 << 20  # a law that tosses more in one flush makes this program give up (HP-17)
MOST_MEMORY = 1 << 30  # bytes of dummies that a node may have to hold at once
SEED_BYTES = 32

sys.set_int_max_str_digits(0)  # a fraction may be of any length


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
FRACTION = re.compile(r"(0|[1-9][0-9]*)/([1-9][0-9]*)")


def integer(most):
    def read(value, where):
        if type(value) is not int:  # true and false are no integers here
            malformed(where, "not an integer")
        if not 0 <= value <= most:
            malformed(where, "outside its limits")
        return value

    return read


def text(value, where):
    if not isinstance(value, str):
        malformed(where, "not text")
    return value


def truth(value, where):
    if not isinstance(value, bool):
        malformed(where, "not true or false")
    return value


def bytes_of(length=None):
    def read(value, where):
        if not isinstance(value, str) or not LOWERCASE_HEX.fullmatch(value):
            malformed(where, "not bytes in lowercase hexadecimal")
        if length is not None and len(value) != 2 * length:
            malformed(where, f"not {length} bytes")
        return bytes.fromhex(value)

    return read


def fraction(value, where):
    """A pair of numerator and denominator."""
    found = FRACTION.fullmatch(value) if isinstance(value, str) else None
    if not found:
        malformed(where, "not a fraction")
    numerator, denominator = int(found[1]), int(found[2])
    if math.gcd(numerator, denominator) != 1:
        malformed(where, "not in lowest terms")
    return numerator, denominator


def list_of(reader):
    def read(value, where):
        if not isinstance(value, list):
            malformed(where, "not a list")
        return [reader(one, where) for one in value]

    return read


def one_of(*names):
    def read(value, where):
        if not isinstance(value, str) or value not in names:
            malformed(where, "none of its names")
        return value

    return read


def nothing_or(reader):
    return lambda value, where: None if value is None else reader(value, where)


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


def variant(selector, tables):
    """An object whose other members hang on what the member `selector` says."""
    readers = {name: fields(**{selector: text}, **table) for name, table in tables.items()}

    def read(value, where):
        if not isinstance(value, dict):
            malformed(where, "not an object")
        name = value.get(selector)
        if not isinstance(name, str) or name not in readers:
            malformed(f"{where}.{selector}", "none of its names")
        return readers[name](value, where)

    return read


SMALL = integer(65_535)
LARGE = integer((1 << 53) - 1)
SEED = bytes_of(SEED_BYTES)
DRAW = bytes_of(8)

N = {"threshold": SMALL}
T = {"period": SMALL}
F = {"pool": SMALL}
Q = {"fraction": fraction}
KINDS = {
    "threshold": N,
    "timed": T,
    "threshold-or-timed": N | T,
    "threshold-and-timed": N | T,
    "threshold-pool": N | F,
    "timed-pool": T | F,
    "cottrell-r1": T | N | F | Q,
    "cottrell-r2": T | N | F | Q,
    "cottrell-r3": T | N | F | Q,
    "cottrell-r4": T | N | F | Q,
    "binomial": T | {"chances": list_of(fraction)},
}
LAWS = {
    "constant": {"count": SMALL},
    "geometric": {"again": fraction},
    "binomial": {"trials": SMALL, "chance": fraction},
}
RULE = variant("kind", KINDS)
LAW = variant("law", LAWS)
DRAW_NAMES = ("take", "coin", "sort", "pool", "exit", "fake")


# ------------------------------------------------------------------------------------------------------------ rules


def fires(rule, held, at_arrival):
    """The two middle columns of the table of rules."""
    kind, m = rule["kind"], held
    if at_arrival:
        if kind in ("threshold", "threshold-or-timed"):
            return m >= rule["threshold"]
        if kind == "threshold-pool":
            return m >= rule["pool"] + rule["threshold"]
        return False
    if kind in ("timed", "threshold-or-timed", "binomial"):
        return True
    if kind == "threshold-and-timed":
        return m >= rule["threshold"]
    if kind == "timed-pool":
        return m > rule["pool"]
    if kind.startswith("cottrell-"):
        return m >= rule["pool"] + rule["threshold"]
    return False


def quota(rule, held):
    """The last column, for a mix that fires; `binomial` has no number."""
    kind, m = rule["kind"], held
    if "pool" not in rule:
        return m
    beyond = m - rule["pool"]
    if "fraction" not in rule:
        return beyond
    part, whole = rule["fraction"]
    if kind == "cottrell-r1":
        return max(1, part * beyond // whole)
    of_all = part * m // whole
    if kind == "cottrell-r4":
        of_all = max(1, of_all)
    return min(beyond, of_all)


def check_rule(rule):
    """May a mix begin with it? (MIX-1 to MIX-3)"""
    kind = rule["kind"]
    for name in ("threshold", "period", "pool"):
        if rule.get(name) == 0:
            raise Refusal("MIX-2", f"{name} is 0")
    if kind in ("threshold", "threshold-or-timed", "threshold-and-timed") and rule["threshold"] < 2:
        raise Refusal("MIX-1", "a threshold below 2")
    if "fraction" in rule:
        part, whole = rule["fraction"]
        if part == 0 or part > whole:
            raise Refusal("MIX-3", "fraction is 0 or above 1")
        if kind == "cottrell-r3" and 100 % whole:
            raise Refusal("MIX-3", "fraction is not a whole number of percent")
    if "chances" in rule:
        chances = rule["chances"]
        if not chances:
            raise Refusal("MIX-3", "no chances")
        if any(part > whole for part, whole in chances):
            raise Refusal("MIX-3", "a chance above 1")
        if chances[-1][0] == 0:
            raise Refusal("MIX-3", "the last chance is 0")


# ------------------------------------------------------------------------------------------ draws, taking, and laws


def labelled_draw(seed, name, flush, place, size=8):
    label = name.encode("ascii") + flush.to_bytes(8, "big") + place.to_bytes(8, "big")
    return hashlib.shake_256(seed + b"\0" + label).digest(size)


def number_of(draw):
    return int.from_bytes(draw, "big")


def coin_limit(chance):
    """A coin of this chance falls if its draw is below this number."""
    part, whole = chance
    return (part << 64) // whole


def take(messages, draws):
    """One message is taken for each draw: those taken, in order, and those left, as they stand then."""
    taken, left = [], list(messages)
    for draw in draws:
        place = draw * len(left) >> 64
        taken.append(left[place])
        last = left.pop()
        if place < len(left):
            left[place] = last
    return taken, left


def check_law(law):
    """MIX-22"""
    if law["law"] == "geometric" and law["again"][0] >= law["again"][1]:
        raise Refusal("MIX-22", "again is 1 or more")
    if law["law"] == "binomial" and law["chance"][0] > law["chance"][1]:
        raise Refusal("MIX-22", "chance is above 1")


def count_dummies(law, coins):
    """How many dummies the law makes of these coins, an iterator of draws."""
    if law["law"] == "constant":
        return law["count"]
    if law["law"] == "geometric":
        limit = coin_limit(law["again"])
        for fallen, draw in enumerate(coins):
            if draw >= limit:
                return fallen
        raise Refusal("MIX-19", "fewer coins than the law tosses")
    limit = coin_limit(law["chance"])
    tossed = list(itertools.islice(coins, law["trials"]))
    if len(tossed) < law["trials"]:
        raise Refusal("MIX-19", "fewer coins than the law tosses")
    return sum(draw < limit for draw in tossed)


# --------------------------------------------------------------------------------------------------------- the node


class Node:
    """A mix.  Its state: held, accepted, timer, flushes.

    In `held` stand messages (bytes) and, where there is a seed, dummies as pairs (flush, number): their bytes are
    drawn when they leave.  `accepted` has a fingerprint of each message as a key of a dict, in order of arrival.
    """

    read_params = staticmethod(
        fields(
            rule=RULE,
            size=SMALL,
            order=one_of("uniform", "lexicographic"),
            dummies=fields(pool=LAW, output=LAW),
            seed=nothing_or(SEED),
        )
    )

    def __init__(self, params):
        self.params = params  # as they were asked, for the record
        read = self.read_params(params, "params")
        self.rule, self.size, self.order = read["rule"], read["size"], read["order"]
        self.dummies, self.seed = read["dummies"], read["seed"]
        check_rule(self.rule)
        if self.size == 0:
            raise Refusal("MIX-4", "size is 0")
        check_law(self.dummies["pool"])
        check_law(self.dummies["output"])
        self.held, self.accepted, self.timer, self.flushes = [], {}, 0, 0

    def fill_pool(self):
        """MIX-14; these dummies are of flush 0."""
        self.held = self.make_dummies(0, 0, self.rule.get("pool", 0))

    # --- draws

    def draws(self, name, flush, how_many):
        for place in range(how_many):
            if self.seed is None:
                yield number_of(os.urandom(8))
            else:
                yield number_of(labelled_draw(self.seed, name, flush, place))

    def coins(self, name, flush):
        yield from self.draws(name, flush, MOST_COINS)
        raise Failure("too many coins for this program")

    def make_dummies(self, flush, first, count):
        if self.seed is not None:
            return [(flush, first + i) for i in range(count)]
        if count * self.size > MOST_MEMORY:
            raise Failure("too many dummies for this program")
        return [os.urandom(self.size) for _ in range(count)]

    def content(self, message):
        """The bytes of what is held."""
        if isinstance(message, tuple):
            return labelled_draw(self.seed, "fake", *message, self.size)
        return message

    # --- firing

    def fire(self, held, room):
        """Fires with these messages held; gives the batch as it is sent.  Changes nothing if it fails."""
        flush = self.flushes + 1

        into_pool = count_dummies(self.dummies["pool"], self.coins("pool", flush))
        held = held + self.make_dummies(flush, 0, into_pool)

        m = len(held)
        if self.rule["kind"] == "binomial":
            chances = self.rule["chances"]
            limit = coin_limit(chances[min(m, len(chances) - 1)])
            leaving, staying = [], []
            for message, draw in zip(held, self.draws("coin", flush, m)):
                (leaving if draw < limit else staying).append(message)
        else:
            leaving, staying = take(held, self.draws("take", flush, quota(self.rule, m)))

        onto_output = count_dummies(self.dummies["output"], self.coins("exit", flush))
        if (len(leaving) + onto_output) * (2 * self.size + 3) > room:
            raise Failure("the batch is too long for an answer")
        batch = leaving + self.make_dummies(flush, into_pool, onto_output)

        batch = [self.content(message) for message in batch]
        if self.order == "lexicographic":
            batch.sort()
        else:
            batch, _ = take(batch, self.draws("sort", flush, len(batch)))

        self.held, self.flushes = staying, flush
        return [message.hex() for message in batch]

    # --- events

    def fingerprint(self, message):
        return message if self.size <= 32 else hashlib.sha256(message).digest()

    def arrive(self, given, room):
        message = given["message"]
        if len(message) != self.size:
            raise Refusal("MIX-4", f"{len(message)} bytes, not {self.size}")
        mark = self.fingerprint(message)
        if mark in self.accepted:
            raise Refusal("MIX-5", "accepted before")
        if fires(self.rule, len(self.held) + 1, True):
            sends = self.fire(self.held + [message], room)
            self.timer = 0
        else:
            sends = []
            self.held.append(message)
        self.accepted[mark] = True
        return {"sends": sends}

    def tick(self, given, room):
        if "period" not in self.rule:
            return {"sends": []}
        sends, timer = [], self.timer + 1
        if timer == self.rule["period"]:
            timer = 0
            if fires(self.rule, len(self.held), False):
                sends = self.fire(self.held, room)
        self.timer = timer
        return {"sends": sends}

    def new_key(self, given, room):
        self.accepted = {}
        return {}

    def write_down(self, given, room):
        body = RECORD_BEGINS + encode(
            {
                "params": self.params,
                "held": [list(one) if isinstance(one, tuple) else one.hex() for one in self.held],
                "accepted": [mark.hex() for mark in self.accepted],
                "timer": self.timer,
                "flushes": self.flushes,
            }
        )
        record = body + checksum(body)
        if len(encode(record)) > room:
            raise Failure("the record is too long for an answer")
        return {"record": record}

    def restart(self, given, room):
        self.__dict__.update(resume_node(self.write_down(given, room)).__dict__)
        return {}

    events = {
        "arrive": (fields(message=bytes_of()), arrive),
        "tick": (fields(), tick),
        "new_key": (fields(), new_key),
        "write_down": (fields(), write_down),
        "restart": (fields(), restart),
    }


RECORD_BEGINS = "mix record 1 "


def checksum(body):
    return hashlib.sha256(body.encode("utf-8", "surrogatepass")).hexdigest()


def begin_node(params):
    node = Node(params)
    node.fill_pool()
    return node


def resume_node(params):
    record = fields(record=text)(params, "params")["record"]
    body, check = record[:-64], record[-64:]
    if not body.startswith(RECORD_BEGINS) or checksum(body) != check:
        raise Refusal("MIX-25", "not a record of this program")
    try:
        state = json.loads(body[len(RECORD_BEGINS) :])
        node = Node(state["params"])
        node.held = [tuple(one) if isinstance(one, list) else bytes.fromhex(one) for one in state["held"]]
        node.accepted = {bytes.fromhex(mark): True for mark in state["accepted"]}
        node.timer, node.flushes = state["timer"], state["flushes"]
    except (Refusal, LookupError, TypeError, ValueError):
        raise Refusal("MIX-25", "not a record of this program") from None
    return node


ROLES = {"mix.node": begin_node, "mix.resumed": resume_node}


# --------------------------------------------------------------------------------------------------- pure operations


def op_fires(given):
    return {"fires": fires(given["rule"], given["held"], given["at_arrival"])}


def op_quota(given):
    rule, held = given["rule"], given["held"]
    if rule["kind"] == "binomial":
        raise Refusal("MIX-13", "each leaves by a coin of its own")
    if fires(rule, held, True) or fires(rule, held, False):
        return {"quota": quota(rule, held)}
    return {"quota": 0}


def op_take(given):
    messages, draws = given["messages"], given["draws"]
    if len(draws) > len(messages):
        raise Refusal("MIX-15", "more draws than messages")
    taken, left = take(messages, map(number_of, draws))
    return {"taken": [one.hex() for one in taken], "left": [one.hex() for one in left]}


def op_count(given):
    check_law(given["law"])
    return {"count": count_dummies(given["law"], map(number_of, given["coins"]))}


def op_draw(given):
    size = given["size"] if given["name"] == "fake" else 8
    return {"data": labelled_draw(given["seed"], given["name"], given["flush"], given["place"], size).hex()}


OPERATIONS = {
    "mix.fires": (fields(rule=RULE, held=SMALL, at_arrival=truth), op_fires),
    "mix.quota": (fields(rule=RULE, held=SMALL), op_quota),
    "mix.take": (fields(messages=list_of(bytes_of()), draws=list_of(DRAW)), op_take),
    "mix.count": (fields(law=LAW, coins=list_of(DRAW)), op_count),
    "mix.draw": (fields(seed=SEED, name=one_of(*DRAW_NAMES), flush=LARGE, place=LARGE, size=SMALL), op_draw),
}

CAPABILITIES = ["mix.rule", "mix.shuffle", "mix.dummies", "mix.draw", "mix.node", "mix.resume", "mix.own"]
CAPABILITIES += ["mix." + kind for kind in KINDS]

IMPLEMENTATION = {"name": "stranger-mix", "version": "1", "language": "python"}


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
