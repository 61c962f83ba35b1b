"""Laws of the net: three at a table, the round, anonymity, and what the bare round does not do."""

from collections.abc import Mapping, Sequence
from itertools import combinations, permutations, product
from typing import Any

from anonlaws.dcnet.words import (
    ANY_GROUP,
    SOME_GROUPS,
    Graphs,
    Net,
    Word,
    Words,
    drawn_pads,
    everyone,
    minus,
    pads_of,
    plus,
    reachable,
)
from anonlaws.law import Forall, Integers, assume, fault, law, not_a_law
from anonspec.dcnet.model import Edge, Group, Modulo, Xor

# ---- faulty implementations ----


@fault("DCN-9", "announce")
def ForgetsAKey(net: Net, group: Group, me: int, pads: Mapping[int, Word], message: Word) -> Word:
    """Member 0 leaves out the first of its pads."""
    return net.announce(group, me, dict(list(pads.items())[1:]) if me == 0 else pads, message)


@fault("DCN-9", "announce")
def UsesAKeyTwice(net: Net, group: Group, me: int, pads: Mapping[int, Word], message: Word) -> Word:
    """The pad of the lowest neighbour is added once too often."""
    word = net.announce(group, me, pads, message)
    return net.announce(group, me, {min(pads): pads[min(pads)]}, word) if pads else word


@fault("DCN-9", "share")
def NeverSigned(_net: Net, _group: Group, _me: int, _peer: int, pad: Word) -> Word:
    """Both ends add the pad; harmless in xor, wrong in every other group."""
    return pad


@fault("DCN-9", "announce")
def MixesInNoMessage(net: Net, group: Group, me: int, pads: Mapping[int, Word], _message: Word) -> Word:
    """The sender announces its pads alone."""
    return net.announce(group, me, pads, 0)


@fault("DCN-9", "announce")
def SpeaksInClear(_net: Net, _group: Group, _me: int, _pads: Mapping[int, Word], message: Word) -> Word:
    """The announcement is the message: the sum is right, and everybody sees who sent it."""
    return message


@fault("DCN-10", "combine")
def ForgetsTheLastWord(net: Net, group: Group, words: Sequence[Word]) -> Word:
    """The sum stops before the last announcement."""
    return net.combine(group, words[:-1] if len(words) > 1 else words)


@fault("DCN-4", "say")
def SaysTheSame(_net: Net, coins: Sequence[Word], paid: Word) -> Word:
    """A diner says 1 for "same", as some textbooks tell it."""
    return (coins[0] + coins[1] + paid + 1) % 2


@fault("DCN-4", "say")
def SaysItPaid(net: Net, coins: Sequence[Word], paid: Word) -> Word:
    """The payer says 1, whatever its coins."""
    return 1 if paid == 1 else net.say(coins, paid)


@fault("DCN-5", "payer")
def AsksTheMajority(_net: Net, said: Sequence[Word]) -> Word:
    """The table goes by the majority of the sayings, not by their parity."""
    return 1 if said[0] + said[1] + said[2] >= 2 else 0


# ---- the round delivers ----


@law(
    "DCN-9",
    "DCN-10",
    needs=("dcnet.sum",),
    proves="every key graph on 3 to 6 members",
    faults=(ForgetsAKey, UsesAKeyTwice, NeverSigned, MixesInNoMessage, ForgetsTheLastWord),
    source="Chaum 1988",
)
def the_round_delivers_the_sum(net: Net, forall: Forall) -> None:
    """Whatever the keys, the announcements add up to the messages."""
    group = forall(SOME_GROUPS, "group")
    members = forall(range(3, 7), "members")
    pads = drawn_pads(forall, group, forall(Graphs(members), "edges"))
    messages = [forall(Words(group), f"message {me}") for me in range(members)]
    assert net.combine(group, everyone(net, group, pads, messages)) == plus(group, *messages)


@law(
    "DCN-9",
    needs=("dcnet.sum",),
    proves="every number of members, every graph, every group",
    by="induction over the pads, the other announcements being added in any order (next but two)",
    faults=(NeverSigned, MixesInNoMessage),
    source="Chaum 1988",
)
def one_more_pad_changes_no_sum(net: Net, forall: Forall) -> None:
    """Let two members share one more pad: both announcements change and the sum stays."""
    group = forall(ANY_GROUP, "group")
    low, high = forall([(0, 1), (2, 9)], "edge")
    a, b, pad = (forall(Words(group), name) for name in ("a", "b", "pad"))
    said = [net.announce(group, low, {high: pad}, a), net.announce(group, high, {low: pad}, b)]
    assert net.combine(group, said) == plus(group, a, b)


@law(
    "DCN-9",
    needs=("dcnet.sum",),
    proves="every word, every group, up to 4 pads",
    faults=(ForgetsAKey, UsesAKeyTwice),
)
def pads_are_added_one_by_one(net: Net, forall: Forall) -> None:
    """Announcing under several pads is announcing under the last on top of the others."""
    group = forall(ANY_GROUP, "group")
    me = forall(range(3), "me")
    peers = [peer for peer in range(5) if peer != me][: forall(range(1, 4), "pads")]
    message = forall(Words(group), "message")
    pads = {peer: forall(Words(group), f"pad {peer}") for peer in peers}
    first = dict(list(pads.items())[:-1])
    last = {peers[-1]: pads[peers[-1]]}
    assert net.announce(group, me, pads, message) == net.announce(
        group, me, last, net.announce(group, me, first, message)
    )


@fault("DCN-9", "announce")
def AddsAMarkForEachPad(net: Net, group: Group, me: int, pads: Mapping[int, Word], message: Word) -> Word:
    """Every pad adds one more, so the announcement tells how many there are."""
    return plus(group, net.announce(group, me, pads, message), *[1 for _ in pads])


@law(
    "DCN-9",
    needs=("dcnet.sum",),
    proves="every word, every group",
    faults=(AddsAMarkForEachPad,),
)
def a_zero_pad_is_no_pad(net: Net, forall: Forall) -> None:
    """A pad that is zero adds what a missing pad adds, so arbitrary pads stand for arbitrary graphs."""
    group = forall(ANY_GROUP, "group")
    me, peer = forall(list(permutations(range(3), 2)), "me and peer")
    message = forall(Words(group), "message")
    assert net.announce(group, me, {peer: 0}, message) == net.announce(group, me, {}, message) == message


@law(
    "DCN-10",
    needs=("dcnet.sum",),
    proves="every word, every group",
    faults=(ForgetsTheLastWord,),
)
def the_order_of_announcements_does_not_matter(net: Net, forall: Forall) -> None:
    """Sums of sums are sums, in any order: whoever is counted first."""
    group = forall(ANY_GROUP, "group")
    a, b, c = (forall(Words(group), name) for name in "abc")
    whole = net.combine(group, [a, b, c])
    assert whole == net.combine(group, [c, b, a]) == net.combine(group, [net.combine(group, [b, a]), c])


# ---- three at a table ----


@law(
    "DCN-4",
    "DCN-5",
    needs=("dcnet.three",),
    proves="all coins, every payer",
    faults=(SaysTheSame, SaysItPaid, AsksTheMajority),
    source="Chaum 1988",
)
def three_diners_learn_whether_one_of_them_paid(net: Net, forall: Forall) -> None:
    """The sum of the sayings is 1 if a diner paid, and 0 if the employer did."""
    coins = [forall(Integers(0, 1), f"coin {i}") for i in range(3)]
    who = forall([None, 0, 1, 2], "payer")
    said = [net.say((coins[i], coins[i - 1]), i == who) for i in range(3)]
    assert net.payer(said) == (0 if who is None else 1)


@law(
    "DCN-4",
    needs=("dcnet.three",),
    proves="all coins, every diner",
    by="a bijection of coins",
    faults=(SaysItPaid,),
    source="Chaum 1988",
)
def a_diner_cannot_tell_which_other_paid(net: Net, forall: Forall) -> None:
    """Turn the coin a diner does not see, and the other two exchange their parts: all it sees and hears is the same."""
    me = forall(range(3), "me")
    coins = [forall(Integers(0, 1), f"coin {i}") for i in range(3)]
    one, other = (me + 1) % 3, (me + 2) % 3
    turned = [1 - coin if i == one else coin for i, coin in enumerate(coins)]  # coin i lies between i and i + 1
    for i in range(3):
        before = net.say((coins[i], coins[i - 1]), i == one)
        assert before == net.say((turned[i], turned[i - 1]), i == other)
    assert (turned[me], turned[me - 1]) == (coins[me], coins[me - 1])


@not_a_law("DCN-5", needs=("dcnet.three",), proves="all coins, every payer")
def an_odd_number_of_same_means_a_diner_paid(net: Net, forall: Forall) -> None:
    """Counted by "same" instead of "different", odd still means that a diner paid."""
    coins = [forall(Integers(0, 1), f"coin {i}") for i in range(3)]
    who = forall([None, 0, 1, 2], "payer")
    same = [1 - net.say((coins[i], coins[i - 1]), i == who) for i in range(3)]
    assert net.payer(same) == (0 if who is None else 1)


@not_a_law("DCN-5", needs=("dcnet.three",), proves="all coins")
def two_payers_are_noticed(net: Net, forall: Forall) -> None:
    """If two diners pay, the table learns that somebody paid."""
    coins = [forall(Integers(0, 1), f"coin {i}") for i in range(3)]
    assert net.payer([net.say((coins[i], coins[i - 1]), i != 0) for i in range(3)]) == 1


# ---- anonymity ----


def handed_over(group: Group, me: int, edge: Edge, pad: Word, message: Word) -> Word:
    """The pad of an edge after the message has moved from `me` to the other end: it absorbs the difference."""
    return plus(group, pad, message) if me == edge[0] else minus(group, pad, message)


@law(
    "DCN-9",
    needs=("dcnet.sum",),
    proves="every number of members, every graph, every coalition, every group",
    by="hand-overs composed along a path of honest members; a bijection of uniform pads keeps probabilities",
    faults=(NeverSigned, SpeaksInClear, MixesInNoMessage, UsesAKeyTwice),
    source="Chaum 1988",
)
def a_neighbour_can_take_the_message(net: Net, forall: Forall) -> None:
    """For two neighbours there is a pad, as likely as theirs, under which the other one sent and all looks the same."""
    group = forall(ANY_GROUP, "group")
    me, peer = forall([(0, 1), (1, 0)], "sender and neighbour")
    edge = (min(me, peer), max(me, peer))
    mine, theirs, message, pad = (forall(Words(group), name) for name in ("mine", "theirs", "message", "pad"))
    moved = handed_over(group, me, edge, pad, message)
    # `mine` and `theirs` are all else that the two add in: other pads, other messages.
    assert net.announce(group, me, {peer: pad}, plus(group, mine, message)) == net.announce(
        group, me, {peer: moved}, mine
    )
    assert net.announce(group, peer, {me: pad}, theirs) == net.announce(
        group, peer, {me: moved}, plus(group, theirs, message)
    )
    assert handed_over(group, peer, edge, moved, message) == pad


@law(
    "DCN-9",
    "DCN-33",
    needs=("dcnet.sum",),
    proves="every key graph on 3 and 4 members, on 5 modulo 7; every coalition, sender and alternative",
    by="a bijection of uniform pads keeps probabilities",
    faults=(NeverSigned, SpeaksInClear, MixesInNoMessage, ForgetsAKey),
    source="Chaum 1988",
)
def every_honest_sender_has_a_cover_story(net: Net, forall: Forall) -> None:
    """Whoever else in its component might have sent, there are pads that say so, and the coalition sees the same."""
    members = forall(range(3, 6), "members")
    group = forall([Modulo(modulus=7), Xor(bytes=1)][: 1 if members == 5 else 2], "group")
    sender, other = forall(list(permutations(range(members), 2)), "sender and alternative")
    edges: dict[Edge, bool] = {}
    honest = {sender: True, other: True}

    def drawn(known: dict[Any, bool], what: Any, name: str) -> bool:
        if what not in known:
            known[what] = forall([False, True], name)
        return known[what]

    # Only what the search for a path asks of the graph and the coalition is drawn: the rest may be anything.
    path = {sender: [sender]}
    todo = [sender]
    while todo and other not in path:
        here = todo.pop(0)
        for there in range(members):
            if there not in path and drawn(honest, there, f"{there} is honest"):
                edge = (min(here, there), max(here, there))
                if drawn(edges, edge, f"edge {edge[0]}-{edge[1]}"):
                    path[there] = [*path[here], there]
                    todo.append(there)
    assume(other in path)
    pads = drawn_pads(forall, group, [edge for edge in combinations(range(members), 2) if edges.get(edge, True)])
    message = forall(Words(group), "message")
    rest = [forall(Words(group), f"else of {me}") for me in range(members)]  # collisions, disruption: anything
    moved = dict(pads)
    for here, there in zip(path[other], path[other][1:], strict=False):
        edge = (min(here, there), max(here, there))
        moved[edge] = handed_over(group, here, edge, moved[edge], message)

    def seen(who: int, under: Mapping[Edge, Word]) -> list[Word]:
        messages = [plus(group, word, message) if me == who else word for me, word in enumerate(rest)]
        return everyone(net, group, under, messages)

    for before, after in zip(seen(sender, pads), seen(other, moved), strict=True):
        assert before == after
    assert all(moved[edge] is pads[edge] for edge in pads if not all(honest.get(end, True) for end in edge))


@law(
    "DCN-33",
    needs=("dcnet.sum",),
    proves="components of 1 to 5 members with up to 3 colluders",
    faults=(NeverSigned, MixesInNoMessage, ForgetsAKey),
    source="Chaum 1988",
)
def a_closed_component_is_readable(net: Net, forall: Forall) -> None:
    """What a component announces, less the pads it shares with the coalition, adds up to its messages."""
    group = forall(SOME_GROUPS, "group")
    inside = forall(range(1, 6), "component")
    members = inside + forall(range(1, 4), "colluders")
    pads = drawn_pads(forall, group, combinations(range(members), 2))
    messages = [forall(Words(group), f"message {me}") for me in range(inside)]
    said = everyone(net, group, pads, [*messages, *[0] * (members - inside)])[:inside]
    known = [pads[me, colluder] for me in range(inside) for colluder in range(inside, members)]
    assert minus(group, plus(group, *said), plus(group, *known)) == plus(group, *messages)


@not_a_law("DCN-33", needs=("dcnet.sum",), proves="a chain 0-1-2 with 1 in the coalition")
def an_honest_member_hides_among_all_honest_members(net: Net, forall: Forall) -> None:
    """Whatever the coalition, what it reads of a member's announcement is the same whoever of the honest sent."""
    group = forall([Xor(bytes=1), Modulo(modulus=7)], "group")
    pads = drawn_pads(forall, group, [(0, 1), (1, 2)])
    message = forall(Words(group), "message")
    sent = net.announce(group, 0, pads_of(0, pads), message)
    silent = net.announce(group, 0, pads_of(0, pads), 0)
    assert minus(group, sent, pads[0, 1]) == minus(group, silent, pads[0, 1])


@fault("DCN-33", "anonymity_sets")
def CountsAllTheHonest(_net: Net, members: int, _edges: Sequence[Edge], coalition: Sequence[int]) -> Any:
    """One anonymity set of all honest members, whatever the graph."""
    return (tuple(member for member in range(members) if member not in coalition),)


@fault("DCN-33", "anonymity_sets")
def LeavesTheColludersIn(net: Net, members: int, edges: Sequence[Edge], coalition: Sequence[int]) -> Any:
    """Honest members count as connected through the coalition."""
    (whole,) = net.anonymity_sets(members, edges, ())
    return (tuple(member for member in whole if member not in coalition),)


@law(
    "DCN-33",
    needs=("dcnet.graph", "dcnet.sum"),
    exact=True,
    proves="every connected graph on 3 and 4 members, every coalition, all pads over Z_2",
    faults=(CountsAllTheHonest, LeavesTheColludersIn, SpeaksInClear),
    source="Chaum 1988",
)
def the_anonymity_set_is_the_component(net: Net, forall: Forall) -> None:
    """Two members are in one set exactly if all views of the coalition are as likely whichever of them sent."""
    group = Modulo(modulus=2)
    members = forall(range(3, 5), "members")
    pairs = list(combinations(range(members), 2))
    edges = [pair for pair in pairs if forall(bool, f"edge {pair[0]}-{pair[1]}")]
    assume(len(reachable(0, edges)) == members)
    tapes = [dict(zip(edges, tape, strict=True)) for tape in product((0, 1), repeat=len(edges))]
    said = {
        who: [everyone(net, group, tape, [int(me == who) for me in range(members)]) for tape in tapes]
        for who in range(members)
    }
    for count in range(members - 1):
        for coalition in combinations(range(members), count):
            known = [[tape[edge] for edge in edges if set(edge) & set(coalition)] for tape in tapes]
            honest = [member for member in range(members) if member not in coalition]
            views = {who: sorted(zip(said[who], known, strict=True)) for who in honest}
            told = [[other for other in honest if views[other] == views[who]] for who in honest]
            sets = [list(part) for part in net.anonymity_sets(members, tuple(edges), coalition)]
            assert sets == sorted(part for i, part in enumerate(told) if part not in told[:i])


@fault("DCN-34", "least_keys")
def ForgetsTheTree(_net: Net, members: int, colluders: int) -> int:
    """Harary's formula also where nobody colludes: half a tree."""
    return (members * (colluders + 1) + 1) // 2


@fault("DCN-34", "least_keys")
def RoundsDown(net: Net, members: int, colluders: int) -> int:
    """Half a key is dropped."""
    return net.least_keys(members, colluders) if colluders == 0 else members * (colluders + 1) // 2


@law(
    "DCN-34",
    needs=("dcnet.graph",),
    exact=True,
    proves="every graph on 3 to 5 members, every number of colluders",
    faults=(ForgetsTheTree, RoundsDown),
    source="Harary 1962",
)
def the_least_number_of_keys_is_harary_s(net: Net, forall: Forall) -> None:
    """Fewer edges never keep the honest together against any t colluders, and so many can."""
    members = forall(range(3, 6), "members")
    colluders = forall(range(members - 1), "colluders")
    pairs = list(combinations(range(members), 2))

    def withstands(graph: Sequence[Edge]) -> bool:
        for gone in combinations(range(members), colluders):
            left = [edge for edge in graph if not set(edge) & set(gone)]
            honest = [member for member in range(members) if member not in gone]
            if len(reachable(honest[0], left)) < len(honest):
                return False
        return True

    least = next(k for k in range(len(pairs) + 1) if any(map(withstands, combinations(pairs, k))))
    assert net.least_keys(members, colluders) == least


# ---- what the bare round does not do ----


@not_a_law("DCN-23", needs=("dcnet.sum",), proves="every group, 3 members")
def of_two_senders_one_is_heard(net: Net, forall: Forall) -> None:
    """If two members send in one round, the sum is the message of one of them."""
    group = forall(ANY_GROUP, "group")
    pads = drawn_pads(forall, group, combinations(range(3), 2))
    one, two = (forall(Words(group), name) for name in ("message 0", "message 1"))
    assume(one != 0)
    assume(two != 0)
    assert net.combine(group, everyone(net, group, pads, [one, two, 0])) in (one, two)


@fault("DCN-9", "announce")
def AddsTheMessageTwice(net: Net, group: Group, me: int, pads: Mapping[int, Word], message: Word) -> Word:
    """The message is added a second time; in xor it vanishes."""
    return net.announce(group, me, pads, plus(group, message, message))


@law(
    "DCN-31",
    needs=("dcnet.sum",),
    proves="every group, 1 to 5 pads",
    faults=(AddsTheMessageTwice, MixesInNoMessage),
    source="Chaum 1988",
)
def a_disruption_looks_like_a_message(net: Net, forall: Forall) -> None:
    """A liar who adds a word to its announcement announces what an honest sender of one more word would."""
    group = forall(SOME_GROUPS, "group")
    pads = {peer: forall(Words(group), f"pad {peer}") for peer in range(1, 1 + forall(range(1, 6), "pads"))}
    message, lie = forall(Words(group), "message"), forall(Words(group), "lie")
    disrupted = plus(group, net.announce(group, 0, pads, message), lie)
    assert disrupted == net.announce(group, 0, pads, plus(group, message, lie))


@not_a_law("DCN-23", needs=("dcnet.sum",), proves="every group, 3 members")
def a_reader_hears_the_sender_whatever_one_liar_adds(net: Net, forall: Forall) -> None:
    """The sum of a round is the sender's message even if another member lies."""
    group = forall(ANY_GROUP, "group")
    pads = drawn_pads(forall, group, combinations(range(3), 2))
    message, lie = forall(Words(group), "message"), forall(Words(group), "lie")
    said = everyone(net, group, pads, [message, 0, 0])
    said[1] = plus(group, said[1], lie)
    assert net.combine(group, said) == message
