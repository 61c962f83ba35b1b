CAPABILITIES = ["cascade.trace"]


def cascade_trace(given):
    trail, boards = given["trail"], given["boards"]
    if len(trail) != len(boards) + 1:
        raise Reject("CAS-14", "a trail for another row")
    for position, board in enumerate(boards, 1):
        if trail[position - 1] not in board["took"]:
            return {"lost": "before", "position": position}
        if trail[position] not in board["sent"]:
            return {"lost": "in", "position": position}
    return {"lost": None, "position": None}
