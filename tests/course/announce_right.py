CAPABILITIES = ["dcnet.sum", "dcnet.xor", "dcnet.mod"]


def width(group):
    if group["kind"] == "xor":
        return group["bytes"]
    return max(1, ((int(group["modulus"]) - 1).bit_length() + 7) // 8)


def number(group, word):
    value = int(word or "0", 16)
    if len(word) != 2 * width(group) or (group["kind"] == "mod" and value >= int(group["modulus"])):
        raise Reject("DCN-1", "not a word of the group")
    return value


def plus(group, one, other):
    return one ^ other if group["kind"] == "xor" else (one + other) % int(group["modulus"])


def word(group, value):
    return {"word": value.to_bytes(width(group), "big").hex()}


def dcnet_announce(given):
    group, me = given["group"], given["me"]
    total = number(group, given["message"])
    for neighbour, pad in given["pads"].items():
        if int(neighbour) == me:
            raise Reject("DCN-7", "a pad shared with oneself")
        share = number(group, pad)
        if int(neighbour) < me and group["kind"] == "mod":
            share = -share % int(group["modulus"])
        total = plus(group, total, share)
    return word(group, total)


def dcnet_combine(given):
    group, total = given["group"], 0
    for each in given["words"]:
        total = plus(group, total, number(group, each))
    return word(group, total)
