CAPABILITIES = ["cascade.trace"]


def cascade_trace(given):
    trail, boards = given["trail"], given["boards"]
    if len(trail) != len(boards) + 1:
        raise Reject("CAS-14", "a trail for another row")
    for position, board in reversed(list(enumerate(boards, 1))):  # the last mix that has not let it out
        if trail[position] not in board["sent"]:
            return {"lost": "in" if trail[position - 1] in board["took"] else "before", "position": position}
    return {"lost": None, "position": None}
