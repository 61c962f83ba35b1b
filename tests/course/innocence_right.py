from fractions import Fraction

CAPABILITIES = ["crowds.chances"]


def text(value):
    return f"{value.numerator}/{value.denominator}"


def fraction(given):
    forward = Fraction(given["forward"])
    if forward >= 1:
        raise Reject("CRW-2", "paths never end")
    return forward


def crowds_chances(given):
    n, c = given["members"], given["collaborators"]
    if n < 3:
        raise Reject("CRW-1", "fewer than three")
    p = fraction(given)
    if not 1 <= c < n:
        raise Reject("CRW-25", "no collaborators, or only these")
    if given["itself"]:
        hit, initiator = c / (n - p * (n - c)), (n - p * (n - c - 1)) / n
        other, server = p / n, Fraction(1, n)
    else:
        hit, initiator = c / (n - 1 - p * (n - c - 1)), (n - 1 - p * (n - c - 2)) / (n - 1 + p)
        other, server = p / (n - 1 + p), p / (n - 1 + p)
    if n - c == 1:
        other = Fraction(0)
    chances = {"hit": hit, "initiator": initiator, "other": other, "server": server}
    return {**{name: text(value) for name, value in chances.items()}, "innocent": innocent(initiator)}


def innocent(initiator):
    return 2 * initiator <= 1


def crowds_least_members(given):
    c = given["collaborators"]
    p = fraction(given)
    if c < 1:
        raise Reject("CRW-26", "no collaborators")
    if 2 * p <= 1:
        return {"members": None}
    least = p * (c + 1) / (p - fraction({"forward": "1/2"}))
    return {"members": -(-least.numerator // least.denominator)}
