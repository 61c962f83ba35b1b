"""What an observer sees and may conclude, chapter observer: views, suspects, posteriors, measures.

Every function is pure; chances are Fractions, or a solver's terms where nothing but arithmetic is done with them. It is
not an attack: nothing is captured, and no prior is guessed.
"""

from collections.abc import Collection, Sequence
from decimal import ROUND_HALF_UP, Decimal, localcontext
from fractions import Fraction

from anonspec.observer.model import Chance, Entropies, Information, Observer, Packet, Seen, Word
from anonspec.shape import Reject

Chances = Sequence[Chance]
DIGITS = 60
"""Decimal digits of logarithms before they are rounded to thousandths."""


# ---- views ----


def check_transcript(packets: Sequence[Packet]) -> None:
    """Refuse a transcript that nobody can have recorded. OBS-1"""
    for place, packet in enumerate(packets):
        if packet.source == packet.destination:
            raise Reject("OBS-1", f"packet {place} goes from {packet.source} to itself")
        if packet.cause is None:
            continue
        if packet.cause >= place:
            raise Reject("OBS-1", f"packet {place} is caused by {packet.cause}, which is not before it")
        cause = packets[packet.cause]
        if cause.destination != packet.source or cause.time > packet.time:
            raise Reject("OBS-1", f"packet {place} is caused by {packet.cause}, which did not reach its source by then")


def own_nodes(observer: Observer) -> tuple[int, ...]:
    """The nodes that the observer is."""
    match observer.kind:
        case "server":
            return (observer.node,)
        case "coalition" | "active":
            nodes: tuple[int, ...] = observer.nodes
            return nodes
        case _:
            return ()


def watches(observer: Observer, node: int) -> bool:
    """Whether the observer sees every packet that the node sends or receives. OBS-2, OBS-3, OBS-4"""
    if observer.kind in ("global", "active"):
        return True
    return node == observer.node if observer.kind == "local" else node in own_nodes(observer)


def view(observer: Observer, packets: Sequence[Packet]) -> tuple[Seen, ...]:
    """All that the observer has of a transcript. OBS-5, OBS-7"""
    check_transcript(packets)
    seen = [watches(observer, packet.source) or watches(observer, packet.destination) for packet in packets]
    at = [place for place, sees in enumerate(seen) if sees]
    at.sort(key=lambda place: outside(packets[place]))
    return tuple(look(observer, packets[place], at) for place in at)


def outside(packet: Packet) -> tuple[int, int, int, int, bytes]:
    """What a wire shows, in the order by which a view is sorted. OBS-7"""
    return packet.time, packet.source, packet.destination, len(packet.bytes), packet.bytes


def look(observer: Observer, packet: Packet, places: Sequence[int]) -> Seen:
    """One packet as the observer has it; `places` are the view's, each one's place in the transcript. OBS-5, OBS-6"""
    own = own_nodes(observer)
    return Seen(
        time=packet.time,
        source=packet.source,
        destination=packet.destination,
        size=len(packet.bytes),
        bytes=packet.bytes,
        content=packet.content if packet.source in own or packet.destination in own else None,
        cause=places.index(packet.cause) if packet.source in own and packet.cause is not None else None,
    )


def suspects(
    observer: Observer, packets: Sequence[Packet], users: Collection[int], relays: Collection[int], packet: int
) -> tuple[int, ...]:
    """Who may have begun what the packet carries, going by what is seen of headers and times. OBS-8"""
    seen, own = view(observer, packets), own_nodes(observer)
    if packet >= len(seen):
        raise Reject("OBS-8", f"there is no packet {packet} in a view of {len(seen)}")
    found: set[int] = set()
    traced, waiting = {packet}, [packet]
    while waiting:
        last = seen[waiting.pop()]
        causes: list[int] = []
        if last.source in own:  # which knows what it did
            causes = [] if last.cause is None else [last.cause]
        elif last.source in relays and watches(observer, last.source):
            causes = [at for at, each in enumerate(seen) if each.destination == last.source and each.time <= last.time]
        elif last.source in relays:
            found |= set(users)
        if last.source in users and last.cause is None:
            found.add(last.source)
        waiting += [at for at in causes if at not in traced]
        traced |= set(causes)
    return tuple(sorted(found))


# ---- beliefs ----


def check_chances(*lists: Chances) -> None:
    """Refuse what is not one probability distribution each, over the same users. OBS-9"""
    for chances in lists:
        if len(chances) != len(lists[0]):
            raise Reject("OBS-9", "one chance is wanted for each user")
        if sum(chances) != 1:
            raise Reject("OBS-9", f"the chances add up to {sum(chances)}, not to 1")


def posterior(prior: Chances, likelihood: Chances) -> tuple[Chance, ...]:
    """Bayes' rule. OBS-10, OBS-11, OBS-12"""
    check_chances(prior)
    if len(likelihood) != len(prior) or any(each > 1 for each in likelihood):
        raise Reject("OBS-9", "one likelihood is wanted for each user, at most 1")
    joint = [before * each for before, each in zip(prior, likelihood, strict=True)]
    evidence = sum(joint)
    if evidence == 0:
        raise Reject("OBS-12", "what was seen cannot have been seen")
    return tuple(each / evidence for each in joint)


def anonymity_set(posterior: Chances) -> tuple[int, ...]:
    """The users that may be the sender. OBS-13"""
    check_chances(posterior)
    return tuple(user for user, chance in enumerate(posterior) if chance > 0)


def degree(prior: Chances, posterior: Chances, sender: int, nontrivial: Chance, proof: bool) -> Word:
    """The strongest degree of Reiter and Rubin that the sender has. OBS-14, OBS-15"""
    check_chances(prior, posterior)
    if sender >= len(posterior) or nontrivial <= 0 or 2 * nontrivial > 1:
        raise Reject("OBS-14", "the sender is a user, and a nontrivial chance is above 0 and at most 1/2")
    chance = posterior[sender]
    others = [each for user, each in enumerate(posterior) if user != sender]
    if proof and chance != 1:
        raise Reject("OBS-15", f"a proof leaves no doubt, and the sender's chance is {chance}")
    if proof:
        return "provably exposed"
    if all(before == after for before, after in zip(prior, posterior, strict=True)):
        return "absolute privacy"
    if others and all(chance <= each for each in others):
        return "beyond suspicion"
    if 2 * chance <= 1:
        return "probable innocence"
    return "possible innocence" if chance + nontrivial <= 1 else "exposed"


# ---- measures ----


def guesses(posterior: Chances) -> Chance:
    """How many guesses the sender takes on average, the likeliest user guessed first. OBS-16"""
    check_chances(posterior)
    return sum(turn * chance for turn, chance in enumerate(sorted(posterior, reverse=True), 1))


def entropy(posterior: Chances) -> Entropies:
    """What the posterior leaves open, in thousandths, and the largest chance beside it. OBS-17, OBS-18"""
    check_chances(posterior)
    largest = max(posterior)
    with localcontext(prec=DIGITS):
        bits = shannon(posterior)
        return Entropies(
            shannon=thousandths(bits),
            effective=thousandths(Decimal(2) ** bits),
            degree=thousandths(bits / log2(Fraction(len(posterior)))) if len(posterior) > 1 else 0,
            min=thousandths(-log2(largest)),
            largest=largest,
        )


def information(prior: Chances, likelihoods: Sequence[Chances]) -> Information:
    """What is learned on average, and how often the best guess is right. OBS-19"""
    check_chances(prior)
    if any(len(row) != len(prior) for row in likelihoods) or any(
        sum(row[user] for row in likelihoods) != 1 for user in range(len(prior))
    ):
        raise Reject("OBS-9", "the likelihoods of all that may be seen add up to 1 for each user")
    success = Fraction(0)
    with localcontext(prec=DIGITS):
        bits = shannon(prior)
        for row in likelihoods:
            joint = [before * each for before, each in zip(prior, row, strict=True)]
            if evidence := sum(joint):
                success += max(joint)
                bits -= decimal(evidence) * shannon([each / evidence for each in joint])
        return Information(information=thousandths(bits), success=success)


def shannon(chances: Chances) -> Decimal:
    """Entropy in bits; a chance of 0 adds nothing."""
    return -sum((decimal(chance) * log2(chance) for chance in chances if chance), Decimal(0))


def log2(chance: Fraction) -> Decimal:
    """To the precision of the context."""
    return decimal(chance).ln() / Decimal(2).ln()


def decimal(chance: Fraction) -> Decimal:
    """To the precision of the context."""
    return Decimal(chance.numerator) / Decimal(chance.denominator)


def thousandths(value: Decimal) -> int:
    """To the nearest; from a half on, up. OBS-17"""
    with localcontext(prec=DIGITS):
        exact = (1000 * value).quantize(Decimal("1e-40"))  # a half that only the logarithms' last digits hide is one
        return int(exact.quantize(Decimal(1), ROUND_HALF_UP))
