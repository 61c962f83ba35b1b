CAPABILITIES = ["reply.sizes", "reply.x25519", "reply.mlkem768-x25519"]


def reply_sizes(given):
    over = {"x25519": 48, "mlkem768-x25519": 1136}[given["suite"]]
    k, payload, position = given["mixes"], given["payload"], given["position"]
    if k < 1 or payload <= over:
        raise Reject("REP-1", "no row")
    if not 1 <= position <= k + 1:
        raise Reject("REP-8", "no position of the row")
    layers = k - position + 1
    return {"header": 20 + layers * (over + 33), "body": body(payload, layers)}


def body(payload, layers):
    return payload + 16 * layers
