CAPABILITIES = ["mix.rule", "mix.threshold", "mix.threshold-pool", "mix.cottrell-r1", "mix.cottrell-r4"]


def share(fraction, held):
    top, bottom = map(int, fraction.split("/"))
    return top * held // bottom


def mix_fires(given):
    rule, held = given["rule"], given["held"]
    enough = held >= rule["threshold"] + rule.get("pool", 0)
    return {"fires": enough and given["at_arrival"] == (not rule["kind"].startswith("cottrell"))}


def mix_quota(given):
    rule, held = given["rule"], given["held"]
    kind, pool = rule["kind"], rule.get("pool", 0)
    if held < rule["threshold"] + pool:
        return {"quota": 0}
    if kind == "cottrell-r1":
        return {"quota": max(1, share(rule["fraction"], held - pool))}
    if kind == "cottrell-r4":
        return {"quota": min(held - pool, max(1, share(rule["fraction"], held)))}
    return {"quota": held - pool}
