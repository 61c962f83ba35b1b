"""Has one subject of each role, by whatever names it is called."""

from anonlaws.degenerate import right

names: dict[str, str] = {}
first: dict[str, str] = {}


def answer(question: right.Json) -> right.Json:
    subject = question.get("subject", "")
    if question["cmd"] == "start" and subject not in names:
        if first.get(question["role"]) in names.values():
            names[subject] = first[question["role"]]
            return {"id": question["id"], "out": {}}
        said = right.answer(question)
        if "out" in said:
            names[subject] = first[question["role"]] = subject
        return said
    if question["cmd"] == "stop" and subject in names:
        its = names.pop(subject)
        if its in names.values():
            return {"id": question["id"], "out": {}}
        return right.answer({**question, "subject": its})
    return right.answer({**question, "subject": names.get(subject, subject)} if "subject" in question else question)


right.serve(answer=answer)
