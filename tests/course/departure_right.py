from fractions import Fraction

CAPABILITIES = ["sgmix.chances"]


def text(value):
    return f"{value.numerator}/{value.denominator}"


def sgmix_origin(given):
    weights, held, said = [], 0, None
    for event in given["events"]:
        if event == "arrival":
            weights.append(Fraction(1))
            held += 1
            said = said and [*said, Fraction(0)]
        elif held == 0:
            raise Reject("SGM-19", "something leaves an empty mix")
        else:
            said = [weight / held for weight in weights]
            weights = [weight - chance for weight, chance in zip(weights, said)]
            held -= 1
    if said is None:
        raise Reject("SGM-19", "nothing leaves")
    return {"chances": [text(each) for each in said]}
