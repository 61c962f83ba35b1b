CAPABILITIES = ["dcnet.three"]


def dcnet_say(given):
    left, right = given["coins"]
    return {"said": int((left == right) != given["paid"])}  # says 1 for "same", as many notes tell it


def dcnet_payer(given):
    return {"one_of_them": sum(given["said"]) % 2}
