"""Laws of traps and blame: who may be opened, who is found, and that no honest member is named."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import combinations, product
from typing import Any

from hypothesis import strategies as st

from anonlaws.dcnet.words import Net, Word, Words, drawn_pads, minus, pads_of, plus
from anonlaws.law import Bytes, Forall, assume, fault, law
from anonspec.dcnet.model import Blame, Edge, Group, Modulo, Xor
from anonspec.shape import Reject

GRAPHS: list[list[Edge]] = [
    [(0, 1), (1, 2)],
    [(0, 2), (1, 2)],
    [(0, 1), (0, 2)],
    [(0, 1), (0, 2), (1, 2)],
    [(0, 1), (1, 2), (2, 3)],
    [(0, 3), (1, 3), (2, 3)],
    [(0, 1), (0, 3), (1, 2), (2, 3)],
]
"""All connected graphs on three members, and a chain, a star and a ring of four."""


@dataclass(frozen=True)
class Some:
    """Options of which a solver takes only the first `few`, and a sampler all."""

    options: Sequence[Any]
    few: int

    def symbol(self, name: str, path: Forall) -> Any:
        return path(list(self.options[: self.few]), name)

    def strategy(self) -> st.SearchStrategy[Any]:
        return st.sampled_from(self.options)


@dataclass(frozen=True)
class Lies:
    """Any word, by which somebody departs from the truth; in half of all draws, none."""

    group: Group

    def symbol(self, name: str, path: Forall) -> Word:
        return path(Words(self.group), name)

    def strategy(self) -> st.SearchStrategy[int]:
        return st.just(0) | Words(self.group).strategy()


# ---- commitments ----


@fault("DCN-27", "commitment")
def CommitsForEveryRound(net: Net, kind: int, session: bytes, _round: int, *rest: Any) -> bytes:
    """The round is not in the commitment, so an old trap opens a new round."""
    return net.commitment(kind, session, 0, *rest)


@fault("DCN-27", "commit_word")
def CommitsToNoKind(net: Net, *given: Any) -> bytes:
    """Message and trap have the same commitment, so a message can be opened as a trap."""
    group, session, round, _trap, nonce, word = given
    return net.commit_word(group, session, round, True, nonce, word)


@fault("DCN-27", "commit_pad")
def CommitsInNobodysName(net: Net, *given: Any) -> bytes:
    """The edge is not in the commitment."""
    group, session, round, _me, _peer, nonce, pad = given
    return net.commit_pad(group, session, round, 0, 1, nonce, pad)


@law("DCN-27", needs=("dcnet.traps",), faults=(CommitsForEveryRound, CommitsToNoKind, CommitsInNobodysName))
def a_commitment_binds_all_it_names(net: Net, forall: Forall) -> None:
    """Another session, round, kind, edge, nonce or word gives another commitment."""

    def committed(name: str) -> tuple[tuple[Any, ...], bytes]:
        kind = forall(["pad", "message", "trap"], f"{name} kind")
        session = forall([bytes(16), b"\1" * 16], f"{name} session")
        round = forall([0, 1, 2**53 - 1], f"{name} round")
        nonce = forall([bytes(32), b"\1" * 32], f"{name} nonce")
        word = forall([0, 1, 255], f"{name} word")
        if kind == "pad":
            ends = forall([(0, 1), (1, 0), (0, 256)], f"{name} ends")
            fields: tuple[Any, ...] = (Xor(bytes=1), session, round, *ends, nonce, word)
            return fields, net.commit_pad(*fields)
        fields = (Xor(bytes=1), session, round, kind == "trap", nonce, word)
        return fields, net.commit_word(*fields)

    one, other = committed("one"), committed("other")
    assert (one[0] == other[0]) == (one[1] == other[1])


# ---- opening ----


@fault("DCN-28", "may_open")
def OpensMessages(net: Net, *given: Any) -> Word:
    """Whoever owns a round may have it opened."""
    group, session, round, committed, trap, nonce, word, sum = given
    if trap or net.commit_word(group, session, round, False, nonce, word) != committed:
        return net.may_open(*given)
    return minus(group, sum, word)


@fault("DCN-29", "may_open")
def TrustsTheOpening(net: Net, *given: Any) -> Word:
    """Whoever claims a trap is believed."""
    group, session, round, _committed, trap, nonce, word, sum = given
    committed = net.commit_word(group, session, round, trap, nonce, word)
    return net.may_open(group, session, round, committed, trap, nonce, word, sum)


@fault("DCN-30", "may_open")
def OpensWhatIsWhole(net: Net, *given: Any) -> Word:
    """A trap is opened though nobody disrupted it."""
    group, word, sum = given[0], given[-2], given[-1]
    if sum != word:
        return net.may_open(*given)
    net.may_open(*given[:-1], plus(group, sum, 1))
    return 0


@law(
    "DCN-28",
    "DCN-29",
    "DCN-30",
    needs=("dcnet.traps",),
    faults=(OpensMessages, TrustsTheOpening, OpensWhatIsWhole),
    source="Chaum 1988",
)
def only_a_spoiled_trap_is_opened(net: Net, forall: Forall) -> None:
    """Pads are opened exactly for a trap that was committed to and whose round had another sum; never for a message."""
    group = forall([Xor(bytes=2), Modulo(modulus=1000)], "group")
    session, round = bytes(16), forall([3, 4], "round")
    nonce, word = forall(Bytes(32, 32), "nonce"), forall(Words(group), "word")
    trap = forall(bool, "it is a trap")
    committed = net.commit_word(group, session, 3, trap, nonce, word)
    opened = {
        "truly": (trap, nonce, word),
        "as a trap": (True, nonce, word),
        "with another nonce": (trap, nonce[::-1], word),
        "with another word": (trap, nonce, plus(group, word, 1)),
    }[forall(["truly", "as a trap", "with another nonce", "with another word"], "opened")]
    heard = plus(group, word, forall([0, 1, 2], "disruption"))
    try:
        excess = net.may_open(group, session, round, committed, *opened, heard)
    except Reject as refusal:
        wanted = {"DCN-28": not opened[0], "DCN-29": opened != (trap, nonce, word) or round != 3}
        assert wanted.get(refusal.clause, refusal.clause == "DCN-30" and heard == opened[2])
    else:
        assert opened == (True, nonce, word)
        assert trap
        assert round == 3
        assert heard != word
        assert excess == minus(group, heard, word)


# ---- blame ----


@fault("DCN-31", "blame")
def BlamesTheOwner(net: Net, *given: Any) -> Blame:
    """The owner of the trap is measured like all others, by an announcement of nothing."""
    group, members, edges, owner, trap, announced, opened = given
    return net.blame(group, members, edges, owner, minus(group, trap, trap), announced, opened)


@fault("DCN-31", "blame")
def ForgivesARefusal(net: Net, *given: Any) -> Blame:
    """Who does not open is passed over."""
    blame, opened = net.blame(*given), given[-1]
    kept = tuple(member for member in blame.disruptors if opened.get(member) is not None)
    return blame.model_copy(update={"disruptors": kept})


@fault("DCN-31", "blame")
def BlamesBothEnds(net: Net, *given: Any) -> Blame:
    """Both ends of a disputed edge are named as disruptors."""
    blame = net.blame(*given)
    ends = {end for edge in blame.disputed for end in edge}
    return blame.model_copy(update={"disruptors": tuple(sorted({*blame.disruptors, *ends}))})


@fault("DCN-32", "blame")
def SettlesDisputes(net: Net, *given: Any) -> Blame:
    """Of two different openings of a pad the lower member's is believed, and nothing is said."""
    blame: Blame = net.blame(*given).model_copy(update={"disputed": ()})
    return blame


@fault("DCN-32", "blame")
def DisputesEveryEdge(net: Net, *given: Any) -> Blame:
    """Every edge of the graph is called disputed."""
    blame: Blame = net.blame(*given).model_copy(update={"disputed": tuple(sorted(given[2]))})
    return blame


def claims(forall: Forall, group: Group, edges: Sequence[Edge], me: int, may_refuse: bool) -> dict[int, Word] | None:
    """Whatever a member says that its pads were."""
    if may_refuse and forall([False, True], f"{me} refuses"):
        return None
    mine = [edge for edge in edges if me in edge]
    return {sum(edge) - me: forall(Words(group), f"{me} opens {edge[0]}-{edge[1]}") for edge in mine}


@law(
    "DCN-31",
    "DCN-32",
    needs=("dcnet.traps",),
    proves="every graph on 3 members, whatever all others announce and open",
    faults=(BlamesTheOwner, BlamesBothEnds, DisputesEveryEdge),
    source="Chaum 1988",
)
def an_honest_member_is_never_blamed(net: Net, forall: Forall) -> None:
    """Two honest members, and all others lying as they like: neither of the two is named, nor an edge between them."""
    group = forall([Modulo(modulus=7), Xor(bytes=1)], "group")
    edges = forall(Some(GRAPHS, 4), "edges")
    members = 1 + max(high for _, high in edges)
    honest = forall(list(combinations(range(members), 2)), "honest")
    owner = forall(range(members), "owner")
    trap = forall(Words(group), "trap")
    pads = drawn_pads(forall, group, [edge for edge in edges if set(edge) & set(honest)])
    announced: dict[int, Word] = {}
    opened: dict[int, dict[int, Word] | None] = {}
    for me in range(members):
        if me in honest:
            opened[me] = pads_of(me, pads)
            announced[me] = net.announce(group, me, opened[me], trap if me == owner else 0)
        else:
            opened[me] = claims(forall, group, edges, me, may_refuse=False)
            announced[me] = forall(Words(group), f"{me} announces")
    found = net.blame(group, members, tuple(edges), owner, trap, announced, opened)
    assert not set(honest) & set(found.disruptors)
    assert honest not in found.disputed


@law(
    "DCN-31",
    "DCN-32",
    needs=("dcnet.traps",),
    proves="every graph on 3 members, modulo 7, whatever all announce, open or refuse",
    faults=(ForgivesARefusal, SettlesDisputes),
    source="Chaum 1988",
)
def a_spoiled_trap_is_blamed_on_somebody(net: Net, forall: Forall) -> None:
    """If the sum of a trap is wrong, a disruptor is named or an edge is disputed, whatever anybody says."""
    group = forall(Some([Modulo(modulus=7), Xor(bytes=1)], 1), "group")
    edges = forall(Some(GRAPHS, 4), "edges")
    members = 1 + max(high for _, high in edges)
    trap = forall(Words(group), "trap")
    owner = forall(range(members), "owner")
    opened = {me: claims(forall, group, edges, me, may_refuse=True) for me in range(members)}
    announced = {}
    for me, pads in opened.items():  # any word at all, told by how far it is from what was claimed
        owed = net.announce(group, me, pads or {}, trap if me == owner else 0)
        announced[me] = plus(group, owed, forall(Lies(group), f"{me} lies by"))
    assume(plus(group, *announced.values()) != trap)
    found = net.blame(group, members, tuple(edges), owner, trap, announced, opened)
    assert found.disruptors or found.disputed


@law(
    "DCN-28",
    "DCN-31",
    needs=("dcnet.traps",),
    exact=True,
    proves="traps with chance 1/10, 1/4 and 1/2; up to 4 disruptions",
    faults=(OpensMessages, BlamesTheOwner),
    source="Chaum 1988",
)
def traps_find_a_disruptor_as_often_as_stated(net: Net, forall: Forall) -> None:
    """With each round a trap with chance a, a disruptor of k rounds goes unfound with probability (1 - a)^k exactly."""
    chance = forall([Fraction(1, 10), Fraction(1, 4), Fraction(1, 2)], "chance of a trap")
    rounds = forall(range(1, 5), "disruptions")
    unfound = Fraction(0)
    for traps in product((True, False), repeat=rounds):
        weight = Fraction(1)
        for trap in traps:
            weight *= chance if trap else 1 - chance
        if not any(_disruptor_is_found(net, round, trap) for round, trap in enumerate(traps)):
            unfound += weight
    assert unfound == (1 - chance) ** rounds


def _disruptor_is_found(net: Net, round: int, trap: bool) -> bool:
    """Member 2 adds 5 to a round that member 0 owns."""
    group, edges = Modulo(modulus=100), ((0, 1), (0, 2), (1, 2))
    nonce, word = bytes([7] * 32), 42
    pads: dict[Edge, Word] = {edge: 10 + i for i, edge in enumerate(edges)}
    announced = {me: net.announce(group, me, pads_of(me, pads), word if me == 0 else 0) for me in range(3)}
    announced[2] = plus(group, announced[2], 5)
    committed = net.commit_word(group, bytes(16), round, trap, nonce, word)
    heard = plus(group, *announced.values())
    try:
        net.may_open(group, bytes(16), round, committed, trap, nonce, word, heard)
    except Reject:
        return False
    opened: Mapping[int, Mapping[int, Word]] = {me: pads_of(me, pads) for me in range(3)}
    return net.blame(group, 3, edges, 0, word, announced, opened) == Blame(disruptors=(2,), disputed=())
