"""Answers as it should, and stays when there is nothing more to answer; so does a process that it started."""

import subprocess
import time

from anonlaws.degenerate import right

child = subprocess.Popen(["sleep", "1000"])


def answer(question: right.Json) -> right.Json:
    said = right.answer(question)
    if question["cmd"] == "describe":
        said["capabilities"]["degenerate.child"] = {"pid": child.pid}
    return said


right.serve(answer=answer)
time.sleep(1000)
