"""Laws of two who speak at once: reservation and averaging."""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import product
from math import perm
from typing import Any

from hypothesis import strategies as st

from anonlaws.dcnet.words import Net, plus
from anonlaws.law import Bytes, Forall, assume, fault, law, not_a_law
from anonspec.dcnet.model import Averaged, Group, Modulo, Xor
from anonspec.shape import Reject

# ---- reservation ----


def expected_marked(slots: int, senders: int) -> Fraction:
    """How many slots read 1, on average, when each sender draws one slot uniformly."""
    return slots * (1 - (1 - Fraction(2, slots)) ** senders) / 2


def expected_single(slots: int, senders: int) -> Fraction:
    """How many slots have exactly one sender, on average."""
    return senders * (1 - Fraction(1, slots)) ** (senders - 1)


def probability_distinct(slots: int, senders: int) -> Fraction:
    """The probability that no two senders drew the same slot."""
    return Fraction(perm(slots, senders), slots**senders)


@fault("DCN-20", "slot_bit")
def CountsFromTheRight(_net: Net, _group: Group, choice: int) -> int:
    """Slot 0 is the least significant bit; sender and order disagree with everybody else's."""
    return 1 << choice


@fault("DCN-20", "reserve")
def ReservesTwoSlots(net: Net, group: Group, choice: int) -> int:
    """The slot beside the drawn one is taken as well."""
    return net.reserve(group, choice) | net.reserve(group, choice ^ 1)


@fault("DCN-20", "reserve")
def DrawsEvenSlots(net: Net, group: Group, choice: int) -> int:
    """Only every second slot is ever used."""
    return net.reserve(group, choice & ~1)


@fault("DCN-21", "turn")
def SendsAfterALostReservation(net: Net, group: Group, sum: int, choice: int) -> int | None:
    """A sender whose slot reads 0 sends in the next round all the same."""
    return net.turn(group, sum | net.slot_bit(group, choice), choice)


@fault("DCN-22", "turn")
def CountsItself(net: Net, group: Group, sum: int, choice: int) -> int | None:
    """A sender counts its own slot among those before it."""
    turn = net.turn(group, sum, choice)
    return None if turn is None else turn + 1


@fault("DCN-22", "turn")
def SendsInItsOwnSlot(net: Net, group: Group, sum: int, choice: int) -> int | None:
    """A sender takes the number of its slot for the number of its round."""
    return None if net.turn(group, sum, choice) is None else choice


@fault("DCN-23", "lost")
def TrustsTheReservation(_net: Net, _group: Group, _sent: int, _sum: int) -> bool:
    """A sender whose slot was granted takes its message for delivered."""
    return False


@law(
    "DCN-20",
    "DCN-21",
    "DCN-22",
    needs=("dcnet.reservation",),
    exact=True,
    proves="8 slots, up to 3 senders, every choice",
    faults=(CountsFromTheRight, ReservesTwoSlots, SendsAfterALostReservation, CountsItself, SendsInItsOwnSlot),
)
def rounds_go_to_the_marked_slots_in_order(net: Net, forall: Forall) -> None:
    """A slot that an even number drew is lost to all of them; the others have the rounds of the cycle one by one."""
    group = Xor(bytes=1)
    choices = [forall(range(8), f"choice {i}") for i in range(forall(range(1, 4), "senders"))]
    sum = plus(group, *(net.reserve(group, choice) for choice in choices))
    marked = sorted(choice for choice in set(choices) if choices.count(choice) % 2)
    for choice in choices:
        assert net.turn(group, sum, choice) == (marked.index(choice) if choice in marked else None)


@law(
    "DCN-20",
    needs=("dcnet.reservation",),
    exact=True,
    proves="8 slots, 1 to 4 senders, every outcome of their draws",
    faults=(ReservesTwoSlots, DrawsEvenSlots),
)
def reservation_succeeds_as_often_as_stated(net: Net, forall: Forall) -> None:
    """The expected marked and single slots, and the chance of distinct ones, are those of the chapter's table."""
    r, s = 8, forall(range(1, 5), "senders")
    group = Xor(bytes=1)
    words = [net.reserve(group, choice) for choice in range(r)]
    drawn = list(product(words, repeat=s))
    marked = Fraction(sum(plus(group, *each).bit_count() for each in drawn), len(drawn))
    single = Fraction(sum(sum(each.count(word) == 1 for word in each) for each in drawn), len(drawn))
    distinct = Fraction(sum(len(set(each)) == s for each in drawn), len(drawn))
    assert (marked, single, distinct) == (expected_marked(r, s), expected_single(r, s), probability_distinct(r, s))


@not_a_law("DCN-23", needs=("dcnet.reservation",), exact=True, proves="8 slots, up to 3 senders")
def a_marked_slot_has_one_owner(net: Net, forall: Forall) -> None:
    """If a sender's slot reads 1, nobody else has the same round."""
    group = Xor(bytes=1)
    choices = [forall(range(8), f"choice {i}") for i in range(3)]
    sum = plus(group, *(net.reserve(group, choice) for choice in choices))
    turns = [turn for choice in choices if (turn := net.turn(group, sum, choice)) is not None]
    assert len(set(turns)) == len(turns)


@law("DCN-23", needs=("dcnet.reservation",), faults=(TrustsTheReservation,))
def a_spoiled_round_is_noticed_by_its_sender(net: Net, forall: Forall) -> None:
    """A sender counts its message as lost exactly if another word was heard."""
    group = Xor(bytes=2)
    sent, heard = (int.from_bytes(forall(Bytes(2, 2), name)) for name in ("sent", "heard"))
    assert net.lost(group, sent, heard) == (sent != heard)
    assert not net.lost(group, sent, sent)


# ---- averaging ----


@dataclass(frozen=True)
class Values:
    """What several senders send: up to `members` values of `bits` bits. All of them for 3 members and 2 bits."""

    members: int
    bits: int

    def strategy(self) -> st.SearchStrategy[list[int]]:
        values = st.integers(0, 2**self.bits - 1)
        return st.lists(values, max_size=self.members)

    def values(self) -> list[list[int]]:
        return [list(each) for s in range(self.members + 1) for each in product(range(2**self.bits), repeat=s)]


@dataclass(frozen=True)
class Sizes:
    """Members and bits of a value."""

    def strategy(self) -> st.SearchStrategy[tuple[int, int]]:
        return st.tuples(st.integers(3, 9), st.integers(1, 20))

    def values(self) -> list[tuple[int, int]]:
        return [(3, 1), (3, 2), (4, 1), (4, 2)]


def group_for(members: int, bits: int) -> Modulo:
    """The group in which so many members average values of so many bits."""
    return Modulo(modulus=1 << (bits + 2 * members.bit_length()))


def resolved(net: Net, group: Group, members: int, values: Sequence[int]) -> tuple[list[int], list[int]]:
    """What is received of the values, and the sums that it took, with senders that follow the rule."""
    sums: list[int] = []
    while True:
        averaged = net.average(group, members, tuple(sums))
        if averaged.ask is None:
            return list(averaged.received), sums
        assert len(sums) <= 3 * members, "the resolution does not end"
        low, high = averaged.ask
        sums.append(plus(group, *(net.signal(group, members, value) for value in values if low <= value <= high)))


@fault("DCN-24", "signal")
def LeavesNoRoomToCount(_net: Net, group: Modulo, members: int, value: int) -> int:
    """The count stands right above the value, where sums of values run into it."""
    return (1 << (group.modulus.bit_length() - 1 - 2 * members.bit_length())) + value


@fault("DCN-24", "signal")
def SendsTheBareValue(_net: Net, _group: Group, _members: int, value: int) -> int:
    """Nothing says how many sent."""
    return value


@fault("DCN-25", "average")
def AsksBelowTheMean(net: Net, group: Group, members: int, sums: Sequence[int]) -> Averaged:
    """Values equal to the mean are not asked for."""
    answer = net.average(group, members, sums)
    if sums and answer.ask is not None and answer.ask[1] > answer.ask[0]:
        return answer.model_copy(update={"ask": (answer.ask[0], answer.ask[1] - 1)})
    return answer


@fault("DCN-25", "average")
def AsksForTheUpperPartToo(net: Net, group: Group, members: int, sums: Sequence[int]) -> Averaged:
    """The upper part of a group is asked for in a round of its own, though the sums already tell it."""
    answer: Averaged = net.average(group, members, sums[: max(1, len(sums) - 1)] if sums else ())
    return answer


@fault("DCN-26", "check_group")
def BelievesAnySum(_net: Net, *_given: Any) -> None:
    """No sum is impossible."""


@law(
    "DCN-24",
    "DCN-25",
    needs=("dcnet.averaging",),
    exact=True,
    proves="3 and 4 members, values of 1 and 2 bits, every collision",
    faults=(LeavesNoRoomToCount, SendsTheBareValue, AsksBelowTheMean, AsksForTheUpperPartToo),
    source="Waidner 1989; Pfitzmann",
)
def colliding_values_take_a_round_each(net: Net, forall: Forall) -> None:
    """However many collide, all values are received in order, in as many rounds as there are different ones to tell."""
    members, bits = forall(Sizes(), "members and bits")
    values = forall(Values(members, bits), "values")
    received, sums = resolved(net, group_for(members, bits), members, values)
    assert received == sorted(values)
    if len(set(values)) == len(values):
        assert len(sums) == max(1, len(values))


@law(
    "DCN-26",
    needs=("dcnet.averaging",),
    exact=True,
    proves="3 members, values of 1 bit, every three sums",
    faults=(BelievesAnySum,),
)
def impossible_sums_are_refused(net: Net, forall: Forall) -> None:
    """If a resolution comes to an end, its values are some that following the rule gives these very sums."""
    members, bits = 3, 1
    group = group_for(members, bits)
    sums = [forall(range(group.modulus), f"sum {i}") for i in range(2)]
    try:
        averaged = net.average(group, members, tuple(sums))
    except Reject as refusal:
        assert refusal.clause == "DCN-26"
        assume(False)
    else:
        assume(averaged.ask is None)
        assert resolved(net, group, members, averaged.received) == (list(averaged.received), sums)


@law("DCN-24", needs=("dcnet.averaging",), faults=(LeavesNoRoomToCount, SendsTheBareValue))
def a_sum_tells_how_many_sent(net: Net, forall: Forall) -> None:
    """The sum of any signals is the number of them and, below that, the sum of their values."""
    members, bits = forall(Sizes(), "members and bits")
    group = group_for(members, bits)
    values = forall(Values(members, bits), "values")
    heard = plus(group, *(net.signal(group, members, value) for value in values))
    assert divmod(heard, 1 << (bits + members.bit_length())) == (len(values), sum(values))
