"""Answers as it should, and answers `error` to a driver that does not keep to what a driver must."""

import json
import os
import select

from anonlaws.degenerate import right

used: set[object] = set()
heard = b""
while True:
    while b"\n" not in heard and (chunk := os.read(0, 2**16)):
        heard += chunk
    if b"\n" not in heard:
        break
    line, _, heard = heard.partition(b"\n")
    try:
        question = json.loads(line)
        wrong = "an id that was used before" if question["id"] in used else ""
        used.add(question["id"])
    except (ValueError, KeyError, TypeError):
        question, wrong = {"id": None}, "not a question on one line"
    if heard or (select.select([0], [], [], 0.02)[0] and (heard := os.read(0, 2**16))):
        wrong = wrong or "a question before the last one was answered"
    said = {"id": question["id"], "error": {"message": wrong}} if wrong else right.answer(question)
    right.write(json.dumps(said) + "\n")
