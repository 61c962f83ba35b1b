CAPABILITIES = ["dcnet.three"]


def dcnet_say(given):
    left, right = given["coins"]
    return {"said": left ^ right ^ given["paid"]}


def dcnet_payer(given):
    return {"one_of_them": sum(given["said"]) % 2}
