"""The right program for the chapter `tally` of the harness text, which may also flood its log, or die."""

import json
import re
import sys

CAPABILITIES = {"tally.bytes": {}, "tally.counter": {}, "tally.sum": {}}


class Refused(Exception):
    """A refusal by a clause."""


def describe():
    return {"hp": 1, "impl": {"name": "tally", "version": "1", "language": "python"}, "capabilities": CAPABILITIES}


def number(value):
    return isinstance(value, int) and not isinstance(value, bool)


def shaped(fields, **kinds):
    if not isinstance(fields, dict) or set(fields) != set(kinds):
        raise Refused("HP-15")
    if not all(fits(fields[name]) for name, fits in kinds.items()):
        raise Refused("HP-15")
    return [fields[name] for name in kinds]


def numbers(value):
    return isinstance(value, list) and value != [] and all(number(each) for each in value)


def data(value):
    return isinstance(value, str) and re.fullmatch("([0-9a-f]{2})*", value) is not None


class Program:
    """Answers one question after the other."""

    def __init__(self):
        self.counters = {}

    def answer(self, question):
        try:
            return {"id": question["id"], **self.act(question)}
        except Refused as refusal:
            return {"id": question["id"], "reject": {"clause": str(refusal), "reason": "as the clause says"}}

    def act(self, question):  # noqa: PLR0911 - one for each row of the text's table
        cmd, subject = question["cmd"], question.get("subject")
        if cmd == "describe":
            return describe()
        if cmd == "run" and "op" in question:
            return self.operate(question["op"], question.get("in"))
        if cmd == "start":
            if question["role"] != "tally.counter":
                return {"unsupported": question["role"]}
            if subject in self.counters:
                raise Refused("HP-20")
            [limit] = shaped(question.get("params"), limit=number)
            self.counters[subject] = {"limit": limit, "total": 0}
            return {"out": {}}
        if cmd in ("run", "stop") and subject not in self.counters:
            raise Refused("HP-21")
        if cmd == "run":
            return {"results": [self.hand(self.counters[subject], event) for event in question["events"]]}
        if cmd == "stop":
            del self.counters[subject]
            return {"out": {}}
        return {"unsupported": cmd}

    def operate(self, op, fields):
        if op == "tally.sum":
            [terms] = shaped(fields, numbers=numbers)
            return {"out": {"total": sum(terms)}}
        if op == "tally.reverse":
            [text] = shaped(fields, data=data)
            return {"out": {"data": bytes.fromhex(text)[::-1].hex()}}
        return {"unsupported": op}

    def hand(self, counter, event):
        try:
            [(name, fields)] = event.items()
            if name == "add":
                [amount] = shaped(fields, amount=number)
                if counter["total"] + amount > counter["limit"]:
                    raise Refused("TLY-1")
                counter["total"] += amount
            elif name == "look":
                shaped(fields)
            else:
                return {"unsupported": name}
            return {"out": {"total": counter["total"]}}
        except Refused as refusal:
            return {"reject": {"clause": str(refusal), "reason": "as the clause says"}}


def write(text):
    sys.stdout.write(text)
    sys.stdout.flush()


def serve(fault="", at="0"):
    """Answer every question with one line; flooding the log, or dying at a question, if that is wanted."""
    program = Program()
    for place, line in enumerate(sys.stdin, 1):
        if fault == "floods":
            sys.stderr.write("all is lost! " * 80_000 + "\n")
        if fault == "dies" and place == int(at):
            sys.stderr.write("boom\n")
            sys.exit(3)
        write(json.dumps(program.answer(json.loads(line))) + "\n")


if __name__ == "__main__":
    serve(*sys.argv[1:])
