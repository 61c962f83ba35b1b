CAPABILITIES = ["dcnet.graph"]


def components(nodes, edges):
    parts = {node: {node} for node in nodes}
    for low, high in edges:
        if low in parts and high in parts and parts[low] is not parts[high]:
            parts[low] |= parts[high]
            for node in parts[high]:
                parts[node] = parts[low]
    return sorted(map(list, {id(part): sorted(part) for part in parts.values()}.values()))


def dcnet_anonymity_sets(given):
    members, edges, coalition = given["members"], given["edges"], given["coalition"]
    if members < 3:
        raise Reject("DCN-6", "fewer than three")
    if len({tuple(edge) for edge in edges}) < len(edges) or any(not 0 <= i < j < members for i, j in edges):
        raise Reject("DCN-7", "no graph")
    if len(components(range(members), edges)) > 1:
        raise Reject("DCN-8", "not connected")
    if len(set(coalition)) < len(coalition) or any(each >= members for each in coalition):
        raise Reject("DCN-33", "not members")
    return {"sets": sets(set(range(members)) - set(coalition), edges)}


def sets(honest, edges):
    return [sorted(honest)] if honest else []  # the honest members


def dcnet_least_keys(given):
    members, colluders = given["members"], given["colluders"]
    if members < 3:
        raise Reject("DCN-6", "fewer than three")
    if colluders > members - 2:
        raise Reject("DCN-34", "too many colluders")
    return {"keys": (members * (colluders + 1) + 1) // 2 if colluders else members - 1}
