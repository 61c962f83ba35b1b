CAPABILITIES = ["mix.padding"]


def mix_pad(given):
    message, size = bytes.fromhex(given["message"]), given["size"]
    if len(message) >= size:
        raise Reject("MIX-28", "too long")
    return {"body": (message + b"\x80").ljust(size, b"\0").hex()}


def mix_unpad(given):
    body = bytes.fromhex(given["body"]).rstrip(b"\0")
    if body[-1:] != b"\x80":
        raise Reject("MIX-30", "not padded")
    return {"message": body[:-1].hex()}
