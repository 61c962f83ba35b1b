"""The dining-cryptographers net, chapter dcnet: words, net, pads, member, reader, reservation, averaging, traps.

Every function is pure: pads, slots, nonces and secrets are arguments. Words are integers, or anything else that adds
like them (a solver's terms, long blocks of bytes), so the function that runs is the function that is proved. It is not
a network: nobody is reached, no board is kept, and nothing here waits.
"""

from collections.abc import Collection, Mapping, Sequence

from anonref import suite
from anonspec.dcnet.model import (
    Averaged,
    Blame,
    Combined,
    Edge,
    Failed,
    Group,
    Listening,
    Report,
    Seated,
    Waiting,
)
from anonspec.shape import Reject, Word

# ---- words ----


def width(group: Group) -> int:
    """Bytes of a word on the wire."""
    if group.kind == "xor":
        return group.bytes
    return ((group.modulus - 1).bit_length() + 7) // 8


def read_word(group: Group, data: bytes) -> int:
    """The word that bytes on the wire stand for. DCN-1"""
    if len(data) != width(group):
        raise Reject("DCN-1", f"a word of this group has {width(group)} bytes, not {len(data)}")
    word = int.from_bytes(data)
    if group.kind == "mod" and word >= group.modulus:
        raise Reject("DCN-1", f"the word is {word}, not below the modulus {group.modulus}")
    return word


def write_word(group: Group, word: int) -> bytes:
    """A word as bytes of the group's width."""
    return word.to_bytes(width(group))


def add(group: Group, a: Word, b: Word) -> Word:
    """The sum of two words."""
    return a ^ b if group.kind == "xor" else (a + b) % group.modulus


def negate(group: Group, word: Word) -> Word:
    """The word that added to `word` gives zero."""
    return word if group.kind == "xor" else -word % group.modulus


def frame(group: Group, message: bytes) -> int:
    """The word of a message. DCN-2"""
    if group.kind != "xor":
        raise Reject("DCN-2", "messages are framed in xor groups")
    if len(message) >= width(group):
        raise Reject("DCN-2", f"a message here has at most {width(group) - 1} bytes, not {len(message)}")
    return int.from_bytes((message + b"\x80").ljust(width(group), b"\0"))


def unframe(group: Group, word: int) -> bytes:
    """The message of a word. DCN-3"""
    if group.kind != "xor":
        raise Reject("DCN-3", "messages are framed in xor groups")
    message, mark, rest = write_word(group, word).rpartition(b"\x80")
    if not mark or rest.strip(b"\0"):
        raise Reject("DCN-3", "the word has no mark 80 before its trailing zeros")
    return message


# ---- three at a table ----


def say(coins: Sequence[Word], paid: Word) -> Word:
    """What a diner says who sees these two coins, each 0 or 1. DCN-4"""
    left, right = coins
    return (left + right + paid) % 2


def payer(said: Sequence[Word]) -> Word:
    """1 if one of the three diners paid, 0 if the employer did. DCN-5"""
    first, second, third = said
    return (first + second + third) % 2


# ---- the net ----


def components(members: Collection[int], edges: Collection[Edge]) -> tuple[tuple[int, ...], ...]:
    """The connected parts of the graph that the edges among these members make, in ascending order."""
    parts: list[set[int]] = [{member} for member in members]
    for edge in edges:
        joined = [part for part in parts if part & set(edge)]
        parts = [part for part in parts if part not in joined] + [set().union(*joined)]
    return tuple(sorted(tuple(sorted(part)) for part in parts))


def check_net(members: int, edges: Collection[Edge]) -> None:
    """Refuse a net that protects nobody. DCN-6, DCN-7, DCN-8"""
    check_roster(members)
    seen = set()
    for low, high in edges:
        if not 0 <= low < high < members:
            raise Reject("DCN-7", f"{low}-{high} is not an edge [i, j] with 0 <= i < j < {members}")
        if (low, high) in seen:
            raise Reject("DCN-7", f"the edge {low}-{high} stands twice in the graph")
        seen.add((low, high))
    if len(parts := components(range(members), edges)) > 1:
        raise Reject("DCN-8", f"the key graph falls into {len(parts)} parts")


def check_roster(members: int) -> None:
    """Refuse a roster that is too short to hide among. DCN-6"""
    if members < 3:
        raise Reject("DCN-6", f"a net has three members or more, not {members}")


def neighbours(edges: Collection[Edge], me: int) -> tuple[int, ...]:
    """The members that share an edge with this one, ascending."""
    return tuple(sorted(low + high - me for low, high in edges if me in (low, high)))


def share(group: Group, me: int, peer: int, pad: Word) -> Word:
    """What this end of an edge adds: the lower end the pad, the higher its negation. DCN-9"""
    return pad if me < peer else negate(group, pad)


def announce(group: Group, me: int, pads: Mapping[int, Word], message: Word) -> Word:
    """The message, or zero, under this member's share of each of its pads (by neighbour). DCN-9"""
    if me in pads:
        raise Reject("DCN-7", f"member {me} shares no pad with itself")
    word = message
    for peer, pad in pads.items():
        word = add(group, word, share(group, me, peer, pad))
    return word


def combine(group: Group, words: Sequence[Word]) -> Word:
    """The sum of one word or more: of all announcements, what was said in the round. DCN-10"""
    total, *rest = words
    for word in rest:
        total = add(group, total, word)
    return total


# ---- pads ----


def agreement(me: int, peer: int, secret: bytes, public: bytes) -> tuple[bytes, bytes, bytes]:
    """Z, already extracted, P_low and P_high, 32 bytes each, the same in all rounds: step 1 of Pads. DCN-15"""
    if me == peer:
        raise Reject("DCN-7", f"member {me} shares no pad with itself")
    shared = suite.agree(secret, public)
    if shared is None:
        raise Reject("DCN-15", "the agreement with this public value is all zeros", culprit=peer)
    mine = suite.public_value(secret)
    extracted = suite.extract(shared)
    return (extracted, mine, public) if me < peer else (extracted, public, mine)


def pad_key(group: Group, session: bytes, round: int, agreed: tuple[bytes, bytes, bytes]) -> bytes:
    """The key (32 bytes) of an edge's pad in a round: step 2 of section Pads. DCN-14"""
    extracted, low, high = agreed
    kind, size = (0, group.bytes) if group.kind == "xor" else (1, group.modulus - 1)
    info = b"anonspec dcnet pad1" + session + round.to_bytes(8) + bytes([kind]) + size.to_bytes(8) + low + high
    return suite.expand(extracted, info, 32)


def pad(group: Group, session: bytes, round: int, me: int, peer: int, secret: bytes, public: bytes) -> int:
    """The derived pad for a neighbour and round: steps 1 to 4 of section Pads. DCN-14"""
    key = pad_key(group, session, round, agreement(me, peer, secret, public))
    if group.kind == "xor":
        return int.from_bytes(suite.keystream(key, group.bytes))
    return int.from_bytes(suite.keystream(key, width(group) + 16)) % group.modulus


# ---- a member ----


def join(group: Group, members: int, edges: Collection[Edge], me: int) -> Seated:
    """Take a place in a net."""
    check_net(members, edges)
    if me >= members:
        raise Reject("DCN-7", f"there is no member {me} among {members}")
    return Seated(group=group, me=me, neighbours=neighbours(edges, me), spoken=-1)


def speak(member: Seated, round: int, pads: Mapping[int, Word], message: Word | None) -> tuple[Seated, Word]:
    """Announce in a round, a message or (None) nothing. DCN-11, DCN-12, DCN-13"""
    if round <= member.spoken:
        raise Reject("DCN-13", f"round {round} is not after round {member.spoken}, whose pads are spent")
    if tuple(sorted(pads)) != member.neighbours:
        raise Reject("DCN-12", f"pads for {sorted(pads)}, but the neighbours are {list(member.neighbours)}")
    if message is not None and message == 0:
        raise Reject("DCN-11", "the word zero is silence, not a message")
    word = announce(member.group, member.me, pads, 0 if message is None else message)
    return member.model_copy(update={"spoken": round}), word


# ---- a reader ----


def listen(group: Group, members: int, round: int) -> Waiting:
    """Begin to read a round."""
    check_roster(members)
    return Waiting(group=group, members=members, round=round, missing=tuple(range(members)), total=0)


def hear(reader: Listening, round: int, member: int, word: Word) -> tuple[Listening, Report]:
    """Take an announcement. DCN-16, DCN-17, DCN-19"""
    if not isinstance(reader, Waiting):
        raise Reject("DCN-19", "the round is over")
    if round != reader.round:
        raise Reject("DCN-17", f"an announcement for round {round} in round {reader.round}")
    if member not in reader.missing:
        twice = member if member < reader.members else None  # a stranger is no member that could be at fault
        raise Reject("DCN-16", f"not waiting for member {member}", culprit=twice)
    missing = tuple(other for other in reader.missing if other != member)
    total = add(reader.group, reader.total, word)
    after: Listening
    if missing:
        after = reader.model_copy(update={"missing": missing, "total": total})
    else:
        after = Combined(group=reader.group, sum=total)
    return after, report(after)


def close(reader: Listening) -> tuple[Listening, Report]:
    """Stop waiting: the round has failed. DCN-18, DCN-19"""
    if not isinstance(reader, Waiting):
        raise Reject("DCN-19", "the round is over")
    after = Failed(group=reader.group, missing=reader.missing)
    return after, report(after)


def look(reader: Listening) -> tuple[Listening, Report]:
    """The report, and nothing changed."""
    return reader, report(reader)


def report(reader: Listening) -> Report:
    """What the reader tells of its state. DCN-18"""
    match reader:
        case Waiting():
            return Report(state="waiting", missing=reader.missing, sum=None)
        case Combined():
            return Report(state="combined", missing=(), sum=reader.sum)
        case Failed():
            return Report(state="failed", missing=reader.missing, sum=None)


# ---- reservation ----


def slot_bit(group: Group, choice: int) -> int:
    """The word with only this slot's bit, counted from the most significant. DCN-20"""
    if group.kind != "xor" or not 0 <= choice < 8 * group.bytes:
        raise Reject("DCN-20", f"there is no slot {choice} to be reserved in this group")
    return 1 << (8 * group.bytes - 1 - choice)


def reserve(group: Group, choice: int) -> int:
    """The word that reserves a slot. DCN-20"""
    return slot_bit(group, choice)


def turn(group: Group, sum: int, choice: int) -> int | None:
    """The round of the cycle in which a sender that drew this slot sends, or None: not at all. DCN-21, DCN-22"""
    bit = slot_bit(group, choice)
    if not sum & bit:
        return None
    return (sum // (2 * bit)).bit_count()


def lost(group: Group, sent: Word, sum: Word) -> bool:  # noqa: ARG001 - every operation on words names its group
    """Whether what a sender sent did not come through. DCN-23"""
    return bool(sent != sum)


# ---- averaging ----


def value_bits(group: Group, members: int) -> tuple[int, int]:
    """v and h of a group of modulus 2^(v + 2h) for n members: bits of a value, bits of n. DCN-24"""
    check_roster(members)
    h = members.bit_length()
    modulus = group.modulus if group.kind == "mod" else 0
    v = modulus.bit_length() - 1 - 2 * h
    if v < 1 or modulus != 1 << (v + 2 * h):
        raise Reject("DCN-24", f"averaging among {members} needs the modulus 2^(v + {2 * h}), v >= 1")
    return v, h


def signal(group: Group, members: int, value: Word) -> Word:
    """The word that sends a value. DCN-24"""
    v, h = value_bits(group, members)
    if value >= 1 << v:
        raise Reject("DCN-24", f"a value here has at most {v} bits")
    return (1 << (v + h)) + value


def average(group: Group, members: int, sums: Sequence[int]) -> Averaged:
    """What the sums of all rounds so far resolve, and the range to be asked for next. DCN-25, DCN-26"""
    v, h = value_bits(group, members)
    received: list[int] = []
    heard = iter(sums)
    # Groups still to be resolved, the next one last: low, high, count and total; None where a round is to tell them,
    # and then `rest` is the group that the round splits.
    todo: list[tuple[int, int, tuple[int, int] | None, tuple[int, int, int] | None]] = [(0, (1 << v) - 1, None, None)]
    while todo:
        low, high, known, whole = todo.pop()
        if known is None:
            if (word := next(heard, None)) is None:
                return Averaged(received=tuple(received), ask=(low, high))
            count, total = divmod(word, 1 << (v + h))
            check_group(low, high, count, total, members)
            if whole is not None:
                top, all_of, all_sum = whole
                if count > all_of or (count == all_of and total != all_sum):
                    raise Reject("DCN-26", f"{count} values of {all_of}, total {total}, at or below their mean {high}")
                if count == all_of:
                    received += [high] * count
                    continue
                check_group(high + 1, top, all_of - count, all_sum - total, members)
                todo.append((high + 1, top, (all_of - count, all_sum - total), None))
        else:
            count, total = known
        if count == 1:
            received.append(total)
        elif count > 1:
            todo.append((low, total // count, None, (high, count, total)))
    if next(heard, None) is not None:
        raise Reject("DCN-26", "a sum after the last group was resolved")
    return Averaged(received=tuple(received), ask=None)


def check_group(low: int, high: int, count: int, total: int, members: int) -> None:
    """Refuse a count and total that no values from low to high have. DCN-26"""
    if count > members or not count * low <= total <= count * high:
        raise Reject("DCN-26", f"{count} values from {low} to {high} do not add up to {total}")


# ---- traps and blame ----


def commitment(kind: int, session: bytes, round: int, ends: tuple[int, ...], nonce: bytes, word: bytes) -> bytes:
    """SHA-256 of the table in section Denial of service. DCN-27"""
    named = b"".join(end.to_bytes(4) for end in ends)
    return suite.sha256(b"anonspec dcnet com1" + bytes([kind]) + session + round.to_bytes(8) + named + nonce + word)


def commit_pad(group: Group, session: bytes, round: int, me: int, peer: int, nonce: bytes, pad: int) -> bytes:
    """The commitment of `me` to the pad of its edge to `peer`. DCN-27"""
    return commitment(0, session, round, (me, peer), nonce, write_word(group, pad))


def commit_word(group: Group, session: bytes, round: int, trap: bool, nonce: bytes, word: int) -> bytes:
    """The commitment of a round's owner to the word it sends. DCN-27"""
    return commitment(2 if trap else 1, session, round, (), nonce, write_word(group, word))


def may_open(
    group: Group,
    session: bytes,
    round: int,
    commitment: bytes,
    trap: bool,
    nonce: bytes,
    word: int,
    sum: int,
) -> int:
    """What the disruptors added to a trap; refused unless it may be opened. DCN-28, DCN-29, DCN-30"""
    if not trap:
        raise Reject("DCN-28", "a message is never opened")
    if commit_word(group, session, round, trap, nonce, word) != commitment:
        raise Reject("DCN-29", "the opening does not give the commitment of the round")
    if sum == word:
        raise Reject("DCN-30", "the round was not spoiled")
    excess: int = add(group, sum, negate(group, word))
    return excess


def blame(
    group: Group,
    members: int,
    edges: Collection[Edge],
    owner: int,
    trap: Word,
    announced: Mapping[int, Word],
    opened: Mapping[int, Mapping[int, Word] | None],
) -> Blame:
    """Who broke an opened trap: `opened` holds the pads as each member opened them, None for none. DCN-31, DCN-32"""
    check_net(members, edges)
    if set(announced) != set(range(members)) or owner not in announced:
        raise Reject("DCN-16", "the announcements are not those of the roster, or the owner is not on it")
    shown = {m: pads for m in range(members) if (pads := opened.get(m)) is not None and answers(pads, edges, m)}
    disruptors = tuple(
        m
        for m in range(members)
        if m not in shown or announced[m] != announce(group, m, shown[m], trap if m == owner else 0)
    )
    disputed = tuple(
        sorted(
            (low, high)
            for low, high in edges
            if low in shown and high in shown and shown[low][high] != shown[high][low]
        )
    )
    return Blame(disruptors=disruptors, disputed=disputed)


def answers(pads: Mapping[int, Word], edges: Collection[Edge], me: int) -> bool:
    """Whether an opening has a pad for each neighbour and nobody else."""
    return tuple(sorted(pads)) == neighbours(edges, me)


# ---- anonymity and price ----


def anonymity_sets(members: int, edges: Collection[Edge], coalition: Collection[int]) -> tuple[tuple[int, ...], ...]:
    """The sets of honest members within which the coalition cannot tell the sender. DCN-33"""
    check_net(members, edges)
    if len(set(coalition)) != len(coalition) or not set(coalition) <= set(range(members)):
        raise Reject("DCN-33", "a coalition is a set of members")
    honest = [member for member in range(members) if member not in coalition]
    return components(honest, [edge for edge in edges if not set(edge) & set(coalition)])


def least_keys(members: int, colluders: int) -> int:
    """The least number of edges that keeps the honest members together whichever `colluders` collude. DCN-34"""
    check_roster(members)
    if not 0 <= colluders <= members - 2:
        raise Reject("DCN-34", f"{colluders} colluders leave no two honest members of {members}")
    return members - 1 if colluders == 0 else (members * (colluders + 1) + 1) // 2
