"""What is published of Crowds in closed form, and exact algorithms where nothing is: chances as Fractions.

A crowd has `members` in all, of whom `collaborators` put together what they see; the others are honest, one of them is
the initiator. Its first hop is taken without a coin, every further one with probability `forward`; the next member is
drawn uniformly, among all of them or, without `own` choice, among all others. A path is *hit* if a collaborator is on
it; the member before the first collaborator is the one that is *seen*. Nothing here grows with the number of members.

All raise ValueError, with one line, for parameters outside the model: not 0 <= collaborators < members, not
0 <= forward < 1, a single member without own choice, a chance that is not exact. What is a chance given a hit raises it
for no collaborators as well, since there is none.
"""

from collections.abc import Iterator
from decimal import Decimal, localcontext
from fractions import Fraction
from math import comb, isqrt, perm

DIGITS = 60
"""Decimal digits that logarithms are computed with, before they are rounded to a float."""


# ---- one path ----


def collaborator_on_path(members: int, collaborators: int, forward: Fraction, own: bool = True) -> Fraction:
    """P(H1+), that the path is hit: c / (n - pf (n - c)), and c / (n - 1 - pf (n - c - 1)) without own choice.

    Source: Reiter and Rubin 1998; Hoelzl, AFP Crowds_Protocol, Pr_hit_C. Without own choice: every honest member takes
    a collaborator with c / (n - 1) and another honest one with (n - c - 1) / (n - 1), a geometric series as before.
    """
    choices, others = _model(members, collaborators, forward, own)
    return Fraction(collaborators) / (choices - forward * (others + own))


def initiator_given_hit(members: int, collaborators: int, forward: Fraction, own: bool = True) -> Fraction:
    """P(I | H1+), that the member seen is the initiator: (n - pf (n - c - 1)) / n; without own choice
    (n - 1 - pf (n - c - 2)) / (n - 1 + pf).

    Source: Reiter and Rubin 1998; AFP Pr_visit_eq_before_C. Without own choice: with u and v the mean numbers of hops
    that the initiator and the other honest members choose, v = pf (u (h - 1) + v (h - 2)) / (n - 1), h = n - c.
    """
    return 1 - (members - collaborators - 1) * other_given_hit(members, collaborators, forward, own)


def other_given_hit(members: int, collaborators: int, forward: Fraction, own: bool = True) -> Fraction:
    """The chance that the member seen is a given honest member other than the initiator, in a hit path: pf / n;
    without own choice pf / (n - 1 + pf). 0 if there is no other.

    Source: as `initiator_given_hit`.
    """
    choices, others = _model(members, collaborators, forward, own)
    if collaborators == 0:
        raise ValueError("without collaborators no path is hit")
    return Fraction(forward) / (choices + (0 if own else forward)) if others else Fraction(0)


def server_sees_initiator(members: int, collaborators: int, forward: Fraction, own: bool = True) -> Fraction:
    """The chance that the last member before the server is the initiator: 1 / n; without own choice
    pf / (n - 1 + pf). Collaborators forward like everybody.

    Source: AFP server_view1. Without own choice: the initiator is never after the first hop, and at each later one with
    a_(k+1) = (1 - a_k) / (n - 1), weighted by the chance pf^(k-1) (1 - pf) that hop k is the last before the server.
    """
    choices, _ = _model(members, collaborators, forward, own)
    return Fraction(1, members) if own else Fraction(forward) / (choices + forward)


def probable_innocence(members: int, collaborators: int, forward: Fraction, own: bool = True) -> bool:
    """Whether P(I | H1+) <= 1/2. With own choice this is pf > 1/2 and n >= pf (c + 1) / (pf - 1/2).

    Source: Reiter and Rubin 1998; that the condition is necessary too is recomputed.
    """
    return 2 * initiator_given_hit(members, collaborators, forward, own) <= 1


def initiator_given_seen(
    prior: Fraction, members: int, collaborators: int, forward: Fraction, own: bool = True
) -> Fraction:
    """The posterior that the member seen in a hit path is the initiator, if that was its prior: Bayes.

    Source: AFP Pr_visit_before_C (general prior). At most 1/2 wherever P(I | H1+) is only for uniform priors.
    """
    itself = prior * initiator_given_hit(members, collaborators, forward, own)
    whole = itself + (1 - prior) * other_given_hit(members, collaborators, forward, own)
    if not 0 <= prior <= 1 or whole == 0:
        raise ValueError(f"a prior of {prior} is none of a member that was seen")
    return itself / whole


def mean_forwarders(forward: Fraction) -> Fraction:
    """Members after the initiator on a path, on average: 1 / (1 - pf). Reiter and Rubin's *path length* is one more.

    Source: Reiter and Rubin 1998, whose pf / (1 - pf) + 2 counts the initiator.
    """
    return 1 / (1 - _chance(forward))


def forwarders(count: int, forward: Fraction) -> Fraction:
    """The chance of exactly `count` members after the initiator: pf^(k-1) (1 - pf) for k >= 1.

    Source: Reiter and Rubin 1998.
    """
    return _chance(forward) ** (count - 1) * (1 - forward) if count >= 1 else Fraction(0)


# ---- what collaborators know of a hit path, in bits ----


def entropy_bits(members: int, collaborators: int, forward: Fraction, own: bool = True) -> float:
    """Shannon entropy of the initiator given who was seen, uniform prior: p log 1/p + (h - 1) q log 1/q.

    Source: Diaz, Seys, Claessens, Preneel 2002.
    """
    return float(_entropy(members, collaborators, forward, own))


def min_entropy_bits(members: int, collaborators: int, forward: Fraction, own: bool = True) -> float:
    """-log of the largest posterior, which is that of the member seen.

    Source: the definition.
    """
    largest = initiator_given_hit(members, collaborators, forward, own)
    with localcontext(prec=DIGITS):
        return abs(float(_log2(largest)))


def effective_set_size(members: int, collaborators: int, forward: Fraction, own: bool = True) -> float:
    """2 to the entropy: as many equally likely members would have it.

    Source: Serjantov and Danezis 2002.
    """
    with localcontext(prec=DIGITS):
        return float(Decimal(2) ** _entropy(members, collaborators, forward, own))


def degree(members: int, collaborators: int, forward: Fraction, own: bool = True) -> float:
    """Entropy over the log of the number of honest members; 0 if there is only one.

    Source: Diaz, Seys, Claessens, Preneel 2002.
    """
    entropy, honest = _entropy(members, collaborators, forward, own), members - collaborators
    with localcontext(prec=DIGITS):
        return float(entropy / _log2(Fraction(honest))) if honest > 1 else 0.0


def information_bits(members: int, collaborators: int, forward: Fraction, own: bool = True) -> float:
    """What a hit path tells of its initiator, uniform prior: log h less the entropy.

    Source: AFP information_flow; equal to f log(pf h / n) + (1 - f) log((1 - f) h) with f = (h - 1) pf / n.
    """
    entropy = _entropy(members, collaborators, forward, own)
    with localcontext(prec=DIGITS):
        return float(_log2(Fraction(members - collaborators)) - entropy)


# ---- linked paths: Shmatikov's model ----


def seen_in_a_run(honest: int, bad_hop: Fraction, forward: Fraction) -> tuple[Fraction, Fraction]:
    """The chances that a path shows the initiator, and that it shows a given other honest member.

    `honest` members M, of whom each hop leads to a bad one with chance b whatever M is: the initiator is seen with
    b + x, another with x = (1 - b) pf b / ((1 - (1 - b) pf) M). Source: Shmatikov 2002, crowds.pm.
    """
    _chance(forward)
    if honest < 1 or isinstance(bad_hop, float) or not 0 <= bad_hop <= 1:
        raise ValueError(f"no model of {honest} honest members and bad hops with chance {bad_hop}")
    stays = (1 - bad_hop) * forward
    other = Fraction(stays * bad_hop) / ((1 - stays) * honest)
    return bad_hop + other, other


def positive(honest: int, bad_hop: Fraction, forward: Fraction, paths: int) -> Fraction:
    """The chance that the initiator is seen at least twice in `paths` paths.

    Source: Shmatikov 2002; the Storm and QComp tests' exact values.
    """
    initiator, _ = seen_in_a_run(honest, bad_hop, forward)
    return at_least_twice(initiator, paths)


def at_least_twice(chance: Fraction, paths: int) -> Fraction:
    """The chance that what happens with `chance` in one path happens in two or more."""
    if paths < 1:
        raise ValueError(f"{paths} paths are none")
    return 1 - (1 - chance) ** paths - paths * chance * (1 - chance) ** (paths - 1)


def false_positive(honest: int, bad_hop: Fraction, forward: Fraction, paths: int) -> Fraction:
    """The chance that somebody other than the initiator is seen at least twice.

    All that is counted is how many of the others are seen exactly once. Source: as `positive`.
    """
    _, other = seen_in_a_run(honest, bad_hop, forward)
    rest = 1 - (honest - 1) * other
    nobody_twice = (ways * rest ** (paths - once) for once, ways in _once_each(honest - 1, other, paths))
    return 1 - sum(nobody_twice, Fraction(0))


def anybody_twice(honest: int, bad_hop: Fraction, forward: Fraction, paths: int) -> Fraction:
    """The chance that somebody, the initiator or another, is seen at least twice. Source: as `positive`."""
    initiator, other = seen_in_a_run(honest, bad_hop, forward)
    nobody = 1 - initiator - (honest - 1) * other
    nobody_twice = Fraction(0)
    for once, ways in _once_each(honest - 1, other, paths):
        left = paths - once
        nobody_twice += ways * (nobody**left + (left * initiator * nobody ** (left - 1) if left else 0))
    return 1 - nobody_twice


def confidence(honest: int, bad_hop: Fraction, forward: Fraction, paths: int) -> Fraction:
    """The chance that the initiator was seen at least twice, given that anybody was.

    Raises ValueError where nobody can be. Source: as `positive`; the name is Shmatikov's.
    """
    if (anybody := anybody_twice(honest, bad_hop, forward, paths)) == 0:
        raise ValueError("nobody is ever seen twice")
    return positive(honest, bad_hop, forward, paths) / anybody


def _once_each(others: int, chance: Fraction, paths: int) -> Iterator[tuple[int, Fraction]]:
    """For each number of others: the chance that so many are seen once each, the other paths left open."""
    if paths < 1:
        raise ValueError(f"{paths} paths are none")
    for once in range(min(others, paths) + 1):
        yield once, comb(others, once) * perm(paths, once) * chance**once


# ---- linked paths: the predecessor attack ----


def predecessor_success(members: int, collaborators: int, forward: Fraction, paths: int, own: bool = True) -> Fraction:
    """The chance to name the initiator after `paths` linked paths by the likeliest guess, ties drawn evenly.

    The posterior odds of two members are a power of p/q >= 1, its exponent by how much oftener one was seen than the
    other, so the likeliest is whoever was seen most often. Summed over the most often, k:
    1/h sum_k (a/b)^k sum_j C(T, j) b^j (1 - a - (h - 1) b)^(T - j) (w_k(j) - w_(k-1)(j)), where w_k(j) counts the words
    of j letters out of h with no letter more than k times. The attack is Wright et al.'s, 2002.
    """
    honest, initiator, other, nobody = _seen(members, collaborators, forward, paths, own)
    if other == 0:
        return 1 - (1 - initiator) ** paths * (1 - Fraction(1, honest))
    total, before = Fraction(0), [0] * (paths + 1)
    for most in range(paths + 1):
        words = _words(honest, most, paths)
        total += (initiator / other) ** most * sum(
            (words[seen] - before[seen]) * comb(paths, seen) * other**seen * nobody ** (paths - seen)
            for seen in range(most, paths + 1)
        )
        before = words
    return total / honest


def predecessor_leads(members: int, collaborators: int, forward: Fraction, paths: int, own: bool = True) -> Fraction:
    """The chance that the initiator was seen strictly more often than every other honest member.

    Source: counted as in `predecessor_success`.
    """
    honest, initiator, other, nobody = _seen(members, collaborators, forward, paths, own)
    total = Fraction(0)
    for most in range(paths + 1):
        words = _words(honest - 1, most - 1, paths - most)
        total += (
            comb(paths, most)
            * initiator**most
            * sum(
                words[seen] * comb(paths - most, seen) * other**seen * nobody ** (paths - most - seen)
                for seen in range(paths - most + 1)
            )
        )
    return total


def predecessor_bound(members: int, collaborators: int, forward: Fraction, paths: int, own: bool = True) -> Fraction:
    """At most so likely is it that the initiator does not strictly lead: (h - 1) (1 - (sqrt a - sqrt b)^2)^T.

    Chernoff: E (sqrt(b/a))^(K_I - K_j) is the power. The root is rounded up, by less than 2^-96. Source: Chernoff
    1952; for the attack Wright et al. 2002.
    """
    honest, initiator, other, _ = _seen(members, collaborators, forward, paths, own)
    square, scale = initiator * other, 1 << 96
    root = Fraction(isqrt(square.numerator * scale * scale // square.denominator) + (square > 0), scale)
    return (honest - 1) * (1 - initiator - other + 2 * root) ** paths


def _seen(
    members: int, collaborators: int, forward: Fraction, paths: int, own: bool
) -> tuple[int, Fraction, Fraction, Fraction]:
    """How many are honest; the chances that a path shows the initiator, a given other one, and nobody."""
    if paths < 0:
        raise ValueError(f"{paths} paths are none")
    honest, hit = members - collaborators, collaborator_on_path(members, collaborators, forward, own)
    if hit == 0:
        return honest, Fraction(0), Fraction(0), Fraction(1)
    initiator = hit * initiator_given_hit(members, collaborators, forward, own)
    return honest, initiator, hit * other_given_hit(members, collaborators, forward, own), 1 - hit


def _words(letters: int, most: int, length: int) -> list[int]:
    """How many words of 0 ... `length` letters have no letter more than `most` times.

    Their generating function is P = S^letters with S = sum_(i <= most) x^i / i!, and S P' = letters S' P.
    """
    if most < 0:
        return [int(letters == 0)] + [0] * length
    words = [1]
    for n in range(length):
        longer = letters * sum(comb(n, i) * words[n - i] for i in range(min(n, most - 1) + 1))
        words.append(longer - sum(comb(n, i) * words[n + 1 - i] for i in range(1, min(n, most) + 1)))
    return words


# ---- parameters and logarithms ----


def _model(members: int, collaborators: int, forward: Fraction, own: bool) -> tuple[int, int]:
    """Among how many the next hop is drawn, and how many honest members there are beside the initiator."""
    _chance(forward)
    if not 0 <= collaborators < members:
        raise ValueError(f"no crowd of {members} with {collaborators} collaborators has an initiator")
    if members == 1 and not own:
        raise ValueError("a single member has nobody else to choose")
    return members - (not own), members - collaborators - 1


def _chance(forward: Fraction) -> Fraction:
    if isinstance(forward, float) or not 0 <= forward < 1:
        raise ValueError(f"the chance to forward is exact, at least 0 and below 1, not {forward}")
    return Fraction(forward)


def _entropy(members: int, collaborators: int, forward: Fraction, own: bool) -> Decimal:
    itself = initiator_given_hit(members, collaborators, forward, own)
    other = other_given_hit(members, collaborators, forward, own)
    with localcontext(prec=DIGITS):
        parts = [(itself, 1), (other, members - collaborators - 1)]
        return sum((-count * _decimal(p) * _log2(p) for p, count in parts if p), Decimal(0))


def _decimal(x: Fraction) -> Decimal:
    return Decimal(x.numerator) / Decimal(x.denominator)


def _log2(x: Fraction) -> Decimal:
    return _decimal(x).ln() / Decimal(2).ln()
