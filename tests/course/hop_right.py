CAPABILITIES = ["crowds.hop"]


def crowds_hop(given):
    crowd, me = given["crowd"], given["me"]
    roster = crowd["roster"]
    top, bottom = map(int, crowd["forward"].split("/"))
    if top >= bottom:
        raise Reject("CRW-2", "paths never end")
    if len(roster) < 3:
        raise Reject("CRW-1", "fewer than three")
    if roster != sorted(set(roster)) or me not in roster:
        raise Reject("CRW-3", "no roster")
    if not given["first"] and int(given["coin"], 16) >= top * 2**64 // bottom:
        return {"next": None}
    others = roster if crowd["itself"] else [each for each in roster if each != me]
    return {"next": others[int(given["choice"], 16) * len(others) >> 64]}
