CAPABILITIES = ["mix.shuffle"]


def mix_take(given):
    left, count = list(given["messages"]), len(given["draws"])
    if count > len(left):
        raise Reject("MIX-15", "more draws than messages")
    for at, draw in enumerate(given["draws"]):  # exchange each with any of all: n^n ways for n! orders
        place = int(draw, 16) * len(left) >> 64
        left[at], left[place] = left[place], left[at]
    return {"taken": left[:count], "left": left[count:]}
