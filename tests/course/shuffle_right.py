CAPABILITIES = ["mix.shuffle"]


def mix_take(given):
    left, taken = list(given["messages"]), []
    if len(given["draws"]) > len(left):
        raise Reject("MIX-15", "more draws than messages")
    for draw in given["draws"]:
        place = int(draw, 16) * len(left) >> 64
        taken.append(left[place])
        last = left.pop()
        if place < len(left):
            left[place] = last
    return {"taken": taken, "left": left}
