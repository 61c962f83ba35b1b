"""Answers nothing but `unsupported` until it was asked what it is."""

from anonlaws.degenerate import right

greeted = False


def answer(question: right.Json) -> right.Json:
    global greeted  # noqa: PLW0603 - a state of the whole program is what is wrong with it
    greeted = greeted or question["cmd"] == "describe"
    return right.answer(question) if greeted else {"id": question["id"], "unsupported": "whoever does not greet"}


right.serve(answer=answer)
