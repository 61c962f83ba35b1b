from fractions import Fraction

CAPABILITIES = ["observer.posterior"]


def observer_posterior(given):
    prior, likelihood = ([Fraction(each) for each in given[name]] for name in ("prior", "likelihood"))
    if len(prior) != len(likelihood) or not prior or sum(prior) != 1 or max(likelihood) > 1:
        raise Reject("OBS-9", "no chances")
    joint = [p * q for p, q in zip(prior, likelihood)]
    if sum(joint) == 0:
        raise Reject("OBS-12", "this cannot have been seen")
    return {"posterior": [str(each / sum(joint)) for each in joint]}


def observer_anonymity_set(given):
    posterior = [Fraction(each) for each in given["posterior"]]
    if sum(posterior) != 1:
        raise Reject("OBS-9", "no chances")
    return {"users": [user for user, chance in enumerate(posterior) if chance]}
