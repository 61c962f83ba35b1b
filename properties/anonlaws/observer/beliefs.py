"""Laws of chances: posteriors, degrees, and the measures of what they leave open."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import permutations
from math import log2
from typing import Any

from hypothesis import strategies as st

from anonlaws.law import Forall, Reals, assume, fault, law, not_a_law
from anonspec.observer.model import Entropies, Information
from anonspec.shape import Reject

Eye = Any
"""The implementation in hand: whatever has the chapter's functions."""

HALF = Fraction(1, 2)

# ---- domains ----


@dataclass(frozen=True)
class Beliefs:
    """Chances of several users, of small denominators; some are 0."""

    users: int | None = None
    most: int = 6

    def strategy(self) -> st.SearchStrategy[list[Fraction]]:
        low, high = (1, self.most) if self.users is None else (self.users, self.users)
        weights = st.lists(st.integers(0, 9), min_size=low, max_size=high).filter(any)
        return weights.map(shared)


@dataclass(frozen=True)
class Likelihoods:
    """One for each user, from 0 to 1; they need not add up to anything."""

    users: int

    def strategy(self) -> st.SearchStrategy[list[Fraction]]:
        each = st.builds(Fraction, st.integers(0, 6), st.just(6))
        return st.lists(each, min_size=self.users, max_size=self.users)


def shared(weights: Sequence[int]) -> list[Fraction]:
    """Chances in these proportions."""
    return [Fraction(weight, sum(weights)) for weight in weights]


def refusal(ask: Callable[[], Any]) -> str:
    """The clause by which something is refused; empty if it is not."""
    try:
        ask()
    except Reject as refused:
        return refused.clause
    return ""


# ---- beliefs ----

Chances = Sequence[Fraction]


class Unreduced(Fraction):
    """A fraction that is written in terms twice as large."""

    def __str__(self) -> str:
        return f"{2 * self.numerator}/{2 * self.denominator}"


@fault("OBS-9", "check_chances")
def AcceptsAnyNumbers(_eye: Eye, *_: Any) -> None:
    """Chances may add up to anything."""


@fault("OBS-9", "check_chances")
def AcceptsLessThanWhole(eye: Eye, *lists: Chances) -> None:
    """Only chances that add up to more than 1 are refused."""
    eye.check_chances(*([*chances[:-1], chances[-1] + max(0, 1 - sum(chances))] for chances in lists if chances))


@fault("OBS-10", "posterior")
def DoesNotReduce(eye: Eye, prior: Chances, likelihood: Chances) -> tuple[Fraction, ...]:
    """Fractions are written as they came about."""
    return tuple(map(Unreduced, eye.posterior(prior, likelihood)))


@fault("OBS-11", "posterior")
def IgnoresThePrior(eye: Eye, prior: Chances, likelihood: Chances) -> tuple[Fraction, ...]:
    """Everybody is taken to be as likely beforehand."""
    given: tuple[Fraction, ...] = eye.posterior([Fraction(1, len(prior))] * len(prior), likelihood)
    return given


@fault("OBS-11", "posterior")
def IgnoresTheEvidence(eye: Eye, prior: Chances, likelihood: Chances) -> tuple[Fraction, ...]:
    """The prior is given back."""
    eye.posterior(prior, likelihood)
    return tuple(prior)


@fault("OBS-11", "posterior")
def DoesNotDivide(eye: Eye, prior: Chances, likelihood: Chances) -> tuple[Fraction, ...]:
    """The products are given, which add up to less than 1."""
    eye.posterior(prior, likelihood)
    return tuple(before * each for before, each in zip(prior, likelihood, strict=True))


@fault("OBS-12", "posterior")
def BelievesTheImpossible(eye: Eye, prior: Chances, likelihood: Chances) -> tuple[Fraction, ...]:
    """What cannot have been seen leaves the prior as it was."""
    if sum(before * each for before, each in zip(prior, likelihood, strict=False)) == 0:
        return tuple(prior)
    given: tuple[Fraction, ...] = eye.posterior(prior, likelihood)
    return given


@fault("OBS-13", "anonymity_set")
def NamesEverybody(_eye: Eye, posterior: Chances) -> tuple[int, ...]:
    """Users that are ruled out stay in the set."""
    return tuple(range(len(posterior)))


@fault("OBS-13", "anonymity_set")
def NamesTheLikeliest(eye: Eye, posterior: Chances) -> tuple[int, ...]:
    """Only the most likely users are in the set."""
    return tuple(user for user in eye.anonymity_set(posterior) if posterior[user] == max(posterior))


@law(
    "OBS-10",
    "OBS-11",
    "OBS-12",
    needs=("observer.posterior",),
    faults=(DoesNotReduce, IgnoresThePrior, IgnoresTheEvidence, DoesNotDivide, BelievesTheImpossible),
)
def posteriors_are_in_proportion(eye: Eye, forall: Forall) -> None:
    """Posteriors add up to 1, in proportion to prior times likelihood; what cannot be seen is refused."""
    prior = forall(Beliefs(), "prior")
    likelihood = forall(Likelihoods(len(prior)), "likelihood")
    joint = [before * each for before, each in zip(prior, likelihood, strict=True)]
    if not any(joint):
        assert refusal(lambda: eye.posterior(prior, likelihood)) == "OBS-12"
        return
    posterior = eye.posterior(prior, likelihood)
    assert sum(posterior) == 1
    assert [each * sum(joint) for each in posterior] == joint
    assert list(map(str, posterior)) == [str(Fraction(each)) for each in posterior]


@law(
    "OBS-11",
    needs=("observer.posterior",),
    proves="2 and 3 users, all priors and likelihoods",
    sampled=False,
    faults=(DoesNotDivide, IgnoresTheEvidence),
)
def evidence_shifts_the_odds_by_its_ratio(eye: Eye, forall: Forall) -> None:
    """Posterior odds of any two users are the prior odds times the ratio of the likelihoods, for all real chances."""
    prior = drawn_chances(forall, forall([2, 3], "users"), "prior")
    likelihood = [forall(Reals(0, 1), f"likelihood {user}") for user in range(len(prior))]
    posterior = eye.posterior(prior, likelihood)
    evidence = sum(before * each for before, each in zip(prior, likelihood, strict=True))
    for after, before, each in zip(posterior, prior, likelihood, strict=True):
        assert after * evidence == before * each


def drawn_chances(forall: Forall, users: int, name: str) -> list[Any]:
    """Real chances, each above 0, that add up to 1."""
    chances = [forall(Reals(0, 1), f"{name} {user}") for user in range(users - 1)]
    chances.append(1 - sum(chances, Fraction(0)))
    assume(chances[-1] > 0)
    return chances


@law(
    "OBS-9",
    needs=("observer.posterior", "observer.degree", "observer.measures"),
    faults=(AcceptsAnyNumbers, AcceptsLessThanWhole),
)
def what_does_not_add_up_is_refused(eye: Eye, forall: Forall) -> None:
    """Chances that add up to more or less than 1 are refused by everything that takes chances, and others are not."""
    good = forall(Beliefs(), "chances")
    factor = forall([Fraction(1), HALF, Fraction(3, 4), Fraction(2)], "factor")
    chances = [each * factor for each in good]
    ones = [Fraction(1)] * len(good)
    wanted = "OBS-9" if factor != 1 else ""
    for ask in (
        lambda: eye.posterior(chances, ones),
        lambda: eye.anonymity_set(chances),
        lambda: eye.degree(good, chances, 0, HALF, False),
        lambda: eye.guesses(chances),
        lambda: eye.entropy(chances),
        lambda: eye.information(chances, [ones]),
    ):
        assert refusal(ask) == wanted


@law("OBS-13", needs=("observer.posterior",), faults=(NamesEverybody, NamesTheLikeliest))
def the_set_is_of_those_that_cannot_be_ruled_out(eye: Eye, forall: Forall) -> None:
    """A user is in the anonymity set exactly if its posterior is not 0."""
    posterior = forall(Beliefs(), "posterior")
    found = list(eye.anonymity_set(posterior))
    assert found == sorted(found)
    assert sum(posterior[user] for user in found) == 1
    assert all(posterior[user] for user in found)


# ---- degrees ----


@fault("OBS-14", "degree")
def WantsLessThanHalf(eye: Eye, *given: Any) -> str:
    """Probable innocence is denied to a chance of exactly 1/2."""
    word = str(eye.degree(*given))
    return "possible innocence" if word == "probable innocence" and given[1][given[2]] == HALF else word


@fault("OBS-14", "degree")
def OneOtherWillDo(eye: Eye, *given: Any) -> str:
    """Beyond suspicion is granted as soon as one other user is as likely."""
    word, (_, posterior, sender, *_) = str(eye.degree(*given)), given
    as_likely = any(posterior[sender] <= each for user, each in enumerate(posterior) if user != sender)
    return "beyond suspicion" if word == "probable innocence" and as_likely else word


@fault("OBS-14", "degree")
def AnyDoubtIsInnocence(eye: Eye, *given: Any) -> str:
    """Possible innocence is granted for every doubt, worth talking of or not."""
    word = str(eye.degree(*given))
    return "possible innocence" if word == "exposed" and given[1][given[2]] < 1 else word


@fault("OBS-14", "degree")
def LooksAtTheSenderOnly(eye: Eye, *given: Any) -> str:
    """Absolute privacy is granted if the sender's chance stayed as it was, though others' moved."""
    prior, posterior, sender, _, proof = given
    word = str(eye.degree(*given))
    return "absolute privacy" if not proof and prior[sender] == posterior[sender] else word


@fault("OBS-14", "degree")
def NoProofOfAnything(eye: Eye, prior: Chances, posterior: Chances, sender: int, least: Any, proof: bool) -> str:
    """Who can convince others is not told from who only knows."""
    word = str(eye.degree(prior, posterior, sender, least, proof))
    return str(eye.degree(prior, posterior, sender, least, False)) if proof else word


@fault("OBS-15", "degree")
def BelievesEveryProof(eye: Eye, prior: Chances, posterior: Chances, sender: int, least: Any, proof: bool) -> str:
    """A proof beside a doubt exposes as well."""
    word = str(eye.degree(prior, posterior, sender, least, False))
    return "provably exposed" if proof else word


@law(
    "OBS-14",
    "OBS-15",
    needs=("observer.degree",),
    proves="1 to 3 users, all real chances",
    faults=(OneOtherWillDo, AnyDoubtIsInnocence, LooksAtTheSenderOnly, NoProofOfAnything, BelievesEveryProof),
    source="Reiter and Rubin 1998",
)
def every_degree_keeps_what_its_word_promises(eye: Eye, forall: Forall) -> None:
    """Each word is given exactly where its chances are, with its thresholds on the side that the chapter says."""
    prior, posterior, sender, least = a_sender(forall)
    proof = forall([False, True], "proof")
    chance, others = posterior[sender], [each for user, each in enumerate(posterior) if user != sender]
    try:
        word = eye.degree(prior, posterior, sender, least, proof)
    except Reject as refused:
        assert refused.clause == "OBS-15"
        assert proof
        assert chance < 1
        return
    if proof:
        assert chance == 1
        assert word == "provably exposed"
        return
    if word == "absolute privacy":
        assert all(before == after for before, after in zip(prior, posterior, strict=True))
        return
    assert any(before != after for before, after in zip(prior, posterior, strict=True))
    if word == "beyond suspicion":
        assert others
        assert all(each >= chance for each in others)
        return
    assert any(each < chance for each in others) or not others
    if word == "probable innocence":
        assert chance <= HALF
    elif word == "possible innocence":
        assert chance > HALF
        assert 1 - chance >= least
    else:
        assert word == "exposed"
        assert 1 - chance < least


@law(
    "OBS-14",
    needs=("observer.degree",),
    proves="2 to 4 users, all real chances",
    faults=(WantsLessThanHalf,),
    source="Reiter and Rubin 1998",
)
def half_a_chance_is_still_innocence(eye: Eye, forall: Forall) -> None:
    """A sender with the chance 1/2 has probable innocence or better, whatever the chances of the others."""
    users = forall([2, 3, 4], "users")
    rest = [each / 2 for each in drawn_chances(forall, users - 1, "rest")] if users > 2 else [HALF]
    word = eye.degree([Fraction(1), *[Fraction(0)] * (users - 1)], [HALF, *rest], 0, Fraction(1, 10), False)
    assert word == ("probable innocence" if users > 2 else "beyond suspicion")


@not_a_law("OBS-14", needs=("observer.degree",), proves="3 users, all real chances")
def who_is_beyond_suspicion_has_company(eye: Eye, forall: Forall) -> None:
    """Beyond suspicion among three, a sender is guessed at most once in three times."""
    prior, posterior, sender, least = a_sender(forall)
    assert eye.degree(prior, posterior, sender, least, False) != "beyond suspicion" or 3 * posterior[sender] <= 1


def a_sender(forall: Forall) -> tuple[list[Any], list[Any], int, Any]:
    """Prior and posterior of some users, of whom one is the sender, and a nontrivial chance."""
    users = forall([1, 2, 3], "users")
    prior = [Fraction(1, users)] * users
    posterior = drawn_chances(forall, users, "posterior")
    return prior, posterior, forall(range(users), "sender"), forall(Reals(0, HALF), "nontrivial")


# ---- measures ----


def bits(chances: Chances) -> float:
    """Shannon's entropy."""
    return sum(float(each) * log2(1 / each) for each in chances if each)


@fault("OBS-16", "guesses")
def GuessesTheUnlikelyFirst(_eye: Eye, posterior: Chances) -> Fraction:
    """Users are guessed in ascending order."""
    return sum((turn * each for turn, each in enumerate(sorted(posterior), 1)), Fraction(0))


@fault("OBS-16", "guesses")
def GuessesByNumber(_eye: Eye, posterior: Chances) -> Fraction:
    """Users are guessed in the order of their numbers."""
    return sum((turn * each for turn, each in enumerate(posterior, 1)), Fraction(0))


@fault("OBS-16", "guesses")
def TheLastGuessIsFree(eye: Eye, posterior: Chances) -> Fraction:
    """The last user is not asked, since nobody else is left."""
    whole: Fraction = eye.guesses(posterior)
    return whole - min(posterior) if len(posterior) > 1 else whole


@fault("OBS-17", "log2")
def CountsInNats(eye: Eye, chance: Fraction) -> Any:
    """Logarithms are natural ones."""
    return eye.decimal(chance).ln()


@fault("OBS-17", "thousandths")
def RoundsDown(_eye: Eye, value: Any) -> int:
    """What is left of a thousandth is cut off."""
    return int(1000 * value)


@fault("OBS-17", "entropy")
def LeavesOutTheImpossible(eye: Eye, posterior: Chances) -> Entropies:
    """The degree is measured among those users only that are not ruled out."""
    given: Entropies = eye.entropy(posterior)
    possible: Entropies = eye.entropy([each for each in posterior if each])
    return given.model_copy(update={"degree": possible.degree})


@fault("OBS-17", "entropy")
def OneUserIsPerfectlyHidden(eye: Eye, posterior: Chances) -> Entropies:
    """The degree of anonymity of a single user is 1."""
    given: Entropies = eye.entropy(posterior)
    return given.model_copy(update={"degree": 1000}) if len(posterior) == 1 else given


@fault("OBS-18", "entropy")
def ReportsTheMeanChance(eye: Eye, posterior: Chances) -> Entropies:
    """Beside the entropy stands what the chance would be if all were as likely."""
    given: Entropies = eye.entropy(posterior)
    return given.model_copy(update={"largest": Fraction(1, len(posterior))})


@fault("OBS-19", "information")
def ForgetsHowOften(eye: Eye, prior: Chances, likelihoods: Sequence[Chances]) -> Information:
    """The entropies of the posteriors are averaged as if all that may be seen were as frequent."""
    given: Information = eye.information(prior, likelihoods)
    seen = [row for row in likelihoods if any(p * each for p, each in zip(prior, row, strict=True))]
    left = sum(bits(eye.posterior(prior, row)) for row in seen) / len(seen)
    return given.model_copy(update={"information": round(1000 * (bits(prior) - left))})


@fault("OBS-19", "information")
def CountsTheBestSightOnly(eye: Eye, prior: Chances, likelihoods: Sequence[Chances]) -> Information:
    """The success is that of the luckiest sight."""
    given: Information = eye.information(prior, likelihoods)
    best = max(max(p * each for p, each in zip(prior, row, strict=True)) for row in likelihoods)
    return given.model_copy(update={"success": best})


@law("OBS-16", needs=("observer.measures",), faults=(GuessesTheUnlikelyFirst, GuessesByNumber, TheLastGuessIsFree))
def no_order_of_guesses_is_quicker(eye: Eye, forall: Forall) -> None:
    """The expected guesses are the least of all orders, the last guess counted."""
    posterior = forall(Beliefs(most=5), "posterior")
    orders = permutations(posterior)
    assert eye.guesses(posterior) == min(sum(k * each for k, each in enumerate(order, 1)) for order in orders)


@law(
    "OBS-17",
    needs=("observer.measures",),
    faults=(CountsInNats, RoundsDown, LeavesOutTheImpossible, OneUserIsPerfectlyHidden),
)
def entropies_are_those_of_the_formulas(eye: Eye, forall: Forall) -> None:
    """Entropy, effective size, degree and min-entropy are within half a thousandth of the formulas."""
    posterior = forall(Beliefs(), "posterior")
    told, whole, users = eye.entropy(posterior), bits(posterior), len(posterior)
    for given, value in (
        (told.shannon, whole),
        (told.effective, 2**whole),
        (told.degree, whole / log2(users) if users > 1 else 0),
        (told.min, -log2(max(posterior))),
    ):
        assert abs(given - 1000 * value) <= 0.5 + 1e-6


@law("OBS-17", needs=("observer.measures",), faults=(CountsInNats,), source="Jensen; Renyi 1961")
def min_entropy_is_the_least_and_log_n_the_most(eye: Eye, forall: Forall) -> None:
    """H_min <= H_2 <= H <= log N, and min-entropy is at least half of H_2."""
    posterior = forall(Beliefs(), "posterior")
    told = eye.entropy(posterior)
    collision = -1000 * log2(sum(each * each for each in posterior))
    slack = 0.5 + 1e-6
    assert told.min - slack <= collision <= told.shannon + slack
    assert told.shannon - slack <= 1000 * log2(len(posterior))
    assert collision / 2 <= told.min + slack


@law("OBS-18", needs=("observer.measures",), faults=(ReportsTheMeanChance,))
def the_largest_posterior_stands_beside_the_entropy(eye: Eye, forall: Forall) -> None:
    """What is reported as largest is some user's posterior, and nobody's is greater."""
    posterior = forall(Beliefs(), "posterior")
    largest = eye.entropy(posterior).largest
    assert largest in posterior
    assert all(each <= largest for each in posterior)


@law("OBS-19", needs=("observer.measures",), faults=(ForgetsHowOften, CountsTheBestSightOnly))
def looking_never_harms_the_observer(eye: Eye, forall: Forall) -> None:
    """Information is the entropy lost on average; success is at least the largest prior, and 1 if all is told apart."""
    prior = forall(Beliefs(most=4), "prior")
    columns = [forall(Beliefs(users=3), f"what user {user} shows") for user in range(len(prior))]
    rows = [[column[sight] for column in columns] for sight in range(3)]
    told, left, success = eye.information(prior, rows), 0.0, Fraction(0)
    for row in rows:
        joint = [before * each for before, each in zip(prior, row, strict=True)]
        if evidence := sum(joint):
            left += float(evidence) * bits([each / evidence for each in joint])
            success += max(joint)
    assert abs(told.information - 1000 * (bits(prior) - left)) <= 0.5 + 1e-6
    assert told.success == success
    assert max(prior) <= told.success <= 1
    assert told.information >= 0


@law(
    "OBS-19",
    needs=("observer.measures",),
    exact=True,
    proves="1 to 8 users who are equally likely",
    faults=(CountsTheBestSightOnly,),
)
def the_header_tells_everything_and_silence_nothing(eye: Eye, forall: Forall) -> None:
    """A header that names its sender gives log N bits and a sure guess; a view that is always the same gives none."""
    users = forall(range(1, 9), "users")
    prior = [Fraction(1, users)] * users
    header = eye.information(prior, [[Fraction(u == v) for v in range(users)] for u in range(users)])
    assert (header.information, header.success) == (round(1000 * log2(users)), 1)
    silence = eye.information(prior, [[Fraction(1)] * users])
    assert (silence.information, silence.success) == (0, Fraction(1, users))


@not_a_law(
    "OBS-18", needs=("observer.measures",), exact=True, proves="half on one user, the rest on k", source="Toth 2004"
)
def entropy_bounds_the_chance_of_a_right_guess(eye: Eye, forall: Forall) -> None:
    """With the entropy of N equally likely users, the best guess is right at most once in N times."""
    others = forall([1, 2, 4, 100], "others")
    told = eye.entropy([HALF, *[HALF / others] * others])
    assert told.largest <= 1 / Fraction(told.effective, 1000)


@not_a_law("OBS-13", needs=("observer.posterior", "observer.measures"), exact=True, proves="2 and 3 users")
def a_larger_set_hides_better(eye: Eye, forall: Forall) -> None:
    """Whose anonymity set is larger is guessed less often."""
    beliefs = [[HALF, HALF], shared([9, 1, 1]), shared([1, 1, 1])]
    one, two = forall(beliefs, "one"), forall(beliefs, "two")
    if len(eye.anonymity_set(one)) > len(eye.anonymity_set(two)):
        assert eye.entropy(one).largest <= eye.entropy(two).largest
