CAPABILITIES = ["mix.padding"]


def mix_pad(given):
    message, size = bytes.fromhex(given["message"]), given["size"]
    if len(message) >= size:
        raise Reject("MIX-28", "too long")
    return {"body": (message + b"\x80").ljust(size, b"\0").hex()}


def mix_unpad(given):
    message, _, _ = bytes.fromhex(given["body"]).rpartition(b"\x80")  # whatever stands behind it
    return {"message": message.hex()}
