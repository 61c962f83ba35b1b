"""Chapters reply and cascade: attacks on sealed messages, with a clause that prevents each and without it."""

from drawing import BLUE, INK, ORANGE, Line, canvas, linking, picture, plot
from matplotlib.figure import Figure
from page import CHAPTERS, Page, written

from anonlaws.cascade import attacks as on_cascades
from anonlaws.cascade.attacks import Scene, Told
from anonlaws.reply import attacks as on_replies

ATTACKS = {**on_replies.ATTACKS, **on_cascades.ATTACKS}
SEED = 3
RECEIVERS, AUTHORS = ("Rosa", "Sami", "Tina", "Uwe"), ("Ada", "Ben", "Cleo", "Dov")
PLACES = ("1st", "2nd", "3rd", "4th", "5th")


def worlds(name: str) -> list[Told]:
    """What happened in each world of an attack on a row of three mixes, the second of which is honest."""
    found: list[Told] = on_cascades.told(CHAPTERS, name, ATTACKS[name], Scene(), SEED)["worlds"]
    return found


def named(candidate: str) -> str:
    """A candidate by a name in place of its number."""
    kind, number = candidate.split()
    return (AUTHORS if kind == "author" else RECEIVERS)[int(number)]


def came(world: Told) -> list[Told]:
    """What came to the honest mix in the first batch."""
    return [row for row in world["seen"] if row["batch"] == 1 and row["wire"].startswith("to")]


def went(world: Told) -> list[Told]:
    """What left it in the first batch."""
    return [row for row in world["seen"] if row["batch"] == 1 and row["wire"].startswith("from")]


def place_of(world: Told) -> int:
    """The target's place among those that came."""
    return next(place for place, row in enumerate(came(world)) if row["whose"].startswith("the target"))


def lines(world: Told) -> list[Line]:
    """What the attacker concludes of the first batch: what he has recognised, or else that it may be any of it."""
    known = [place for place, row in enumerate(went(world)) if row["then"]] if len(world["candidates"]) == 1 else []
    out = known or range(len(went(world)))
    return [(place_of(world), place, "sure" if len(out) == 1 else "maybe") for place in out]


def both(titles: tuple[str, str], kept: Told, without: Told, who: str = "Alice", size: bool = False) -> Figure:
    """Two panels: what the attacker concludes with the clause, and without it; beside each letter its receiver or size.

    In both worlds the letters leave in the same order: all but the seals is drawn from the same seed.
    """
    figure, receivers = picture(264), [named(each) for each in kept["candidates"]]
    for world, title, bottom in ((kept, titles[0], 136), (without, titles[1], 4)):
        left = [who if place == place_of(world) else "another" for place in range(len(came(world)))]
        right = [f"{place} out, {receiver}" for place, receiver in zip(PLACES, receivers, strict=False)]
        if size:
            left = [f"{each}, {row['bytes']} B" for each, row in zip(left, came(world), strict=True)]
            right = [f"{place} out, {row['bytes']} B" for place, row in zip(PLACES, went(world), strict=False)]
        found = lines(world)
        if len(found) == 1 and receivers[found[0][1]] != named(world["candidates"][0]):
            raise ValueError(f"the letters of {titles} do not leave in one order")
        linking(canvas(figure, bottom, bottom + 124), title, left, right, found, "honest mix")
    return figure


def outcome(world: Told) -> str:
    """Whether he was right, and how often he is."""
    return f"{'right' if world['right'] else 'wrong'} in this run, and right with the chance {written(world['chance'])}"


# ---- cascade ----


def replay() -> Page:
    """A copy."""
    kept, without = worlds("cascade.replay")
    refused = next(row["then"] for row in kept["seen"] if row["whose"] == "a copy of the target")
    return Page(
        "replay",
        "Replay: a copy of the target",
        f"""
Alice sends a letter through three mixes. The first and the last belong to the attacker, who also reads all wires. The
one between is honest: it takes four messages, opens them, and passes them on in an order that it draws.

He has a copy of Alice's envelope as it came to the honest mix: {came(kept)[0]["bytes"]} bytes. What leaves has
{went(kept)[0]["bytes"]}, is enciphered otherwise, and tells him nothing. So he sends the copy in again with the next
batch. Opening is a function. If the mix takes the copy, the same bytes leave twice, once in each batch, and nothing
else does: that is Alice's letter, and the mix behind is his.

With a mix that has forgotten what it took, he finds the pair. It goes to {named(without["candidates"][0])}; he is
{outcome(without)}.

The reference remembers the hash of each header for as long as it has the key. The copy is
{refused}, and the second batch fills up with letters of others. Any of the {len(kept["candidates"])} that left may be
Alice's. He says {named(kept["guess"])}: {outcome(kept)}.

It does no good to change the body of the copy: what is remembered is the header, and a header that was changed does not
open.
        """,
        both(("The mix remembers headers", "The mix takes copies"), kept, without),
        f"Two diagrams. With a memory, dashed lines lead from Alice to all {len(kept['candidates'])} receivers; "
        f"without, one full line leads to {named(without['candidates'][0])}.",
        "What the attacker concludes of the first batch, having sent a copy of Alice's envelope with the second.",
        {
            "REP-10": "each header once under a key, whatever body comes with it.",
            "REP-11": "the memory may end with the key.",
            "CAS-9": "a mix in a cascade rejects what a mix of chapter reply does.",
            "MIX-5": "the same for a single mix.",
        },
        (
            ("cascade", "whoever_plays_with_an_envelope_sees_nothing_of_it"),
            ("reply", "a_copy_tells_nothing"),
            ("reply", "a_mix_needs_no_memory"),
            ("mix", "copies_get_nobody_anywhere"),
        ),
        "anonspec attack cascade.replay",
        "what leaves twice has come twice",
    )


def tagging() -> Page:
    """A bit."""
    kept, without = worlds("cascade.tagging")
    refused = next(row["then"] for row in kept["seen"] if row["whose"].startswith("the target"))
    unopened = sum(bool(row["then"]) for row in went(kept))
    figure = picture(264)
    for world, title, bottom in (
        (kept, "Bodies are authenticated", 136),
        (without, "Bodies are under a stream alone", 4),
    ):
        axes = canvas(figure, bottom, bottom + 124)
        left = ["Alice, a bit flipped" if row["whose"].startswith("the target") else "another" for row in came(world)]
        found = [place for place, row in enumerate(went(world)) if row["then"]]
        right = [f"{here} out" for here, _ in zip(PLACES, went(world), strict=False)]
        for place in found:
            right[place] += f", {named(world['candidates'][0])}"
        linking(axes, title, left, right, [(place_of(world), place, "sure") for place in found], "honest mix")
        if not found:
            axes.plot([117, 150], [94, 94], color=ORANGE, linewidth=2.4)
            axes.plot(150, 94, "X", color=ORANGE, markersize=9)
    return Page(
        "tagging",
        "Tagging: a bit that comes out flipped",
        f"""
The attacker owns the first and the last of three mixes, and wants to know where Alice's letter goes. Before he passes
it on to the honest mix he flips one bit of its body.

Suppose that the mix takes a layer off by adding a stream of key bits, and no more. Then a bit that is flipped before is
flipped behind, wherever it is; no stream hides that. He cannot see which bit it is, but he owns the mix behind, where
letters are opened. In the run without the clause {len(went(without))} letters leave and one of them does not open. It
is for {named(without["candidates"][0])}. He is {outcome(without)}. He has spoiled a letter and learned a name, and
could have marked a thousand letters to find out who writes to one receiver.

The reference seals each layer of the body with a tag. A body in which any bit was changed is not passed on: in the run
with all clauses Alice's letter is {refused.replace(":", " by")}, at the honest mix, before anything of it could be seen
elsewhere. Her letter is lost. Of the {len(went(kept))} others that leave
in the batch {unopened or "none"} fails to open. He is {outcome(kept)}.

Answers to return addresses are another matter. Their bodies cannot have tags that the mixes check, and a changed answer
comes through; but only its author can tell.
        """,
        figure,
        "Two diagrams. With tags, Alice's line ends in a cross at the honest mix; without, a full line leads through "
        f"to {named(without['candidates'][0])}.",
        "The cross is a letter that was refused. Without tags it comes out behind, and does not open there.",
        {
            "REP-13": "a forward body that was changed is not passed on.",
            "REP-9": "it is refused, always in the same way.",
            "REP-12": "an answer that was changed comes through, and only its author can tell.",
            "CAS-9": "a mix in a cascade does the same.",
            "CAS-14": "and Alice finds out where her letter was lost.",
        },
        (
            ("reply", "a_change_does_not_get_through_an_honest_mix"),
            ("reply", "no_byte_of_a_forward_message_can_be_changed"),
            ("reply", "forward_bodies_may_be_masked"),
            ("reply", "a_change_of_an_answer_tells_nothing"),
        ),
        "anonspec attack cascade.tagging",
        "a changed letter must not come through",
    )


def size() -> Page:
    """A length."""
    kept, unpadded, without = worlds("cascade.size")
    sizes = [row["bytes"] for row in came(without)]
    hers = sizes[place_of(without)]
    layer = hers - next(row["bytes"] for row in went(without) if row["then"])
    refused = sum(row["then"].startswith("refused") for row in came(unpadded))
    return Page(
        "size",
        "Size: a letter of another length",
        f"""
Four letters come to an honest mix, one of them Alice's. All are sealed, and leave in an order that nobody knows. But a
seal does not hide how long a letter is, and every mix takes the same number of bytes off: {layer} of header and tag.

If letters are as long as what people have written, the four have {", ".join(map(str, sizes[:-1]))} and {sizes[-1]}
bytes. Alice's has {hers}. The attacker looks for one of {hers} − {layer} = {hers - layer} bytes among those that leave.
There is one, and it goes to {named(without["candidates"][0])}. He is {outcome(without)}. He needed no key and changed
nothing: it was enough to look.

Two clauses stand against this, one for each side. Senders pad every message to one size before they seal it. And a mix
refuses whatever has not exactly the size for its position, so that one who forgets to pad, or is made to, does not
become a letter of a kind of its own. Without the first clause and with the second, {refused} letters of {len(sizes)}
are refused: nothing is delivered, and nobody is found.

With both, what comes has {came(kept)[0]["bytes"]} bytes and what leaves {went(kept)[0]["bytes"]}, all alike. He says
{named(kept["guess"])}: {outcome(kept)}.
        """,
        both(("All letters are padded", "Nobody pads, and any size is taken"), kept, without, size=True),
        "Two diagrams. With padding all four sizes are equal and dashed lines lead from Alice to all; without, the "
        "sizes differ and one full line leads to the right receiver.",
        "Bytes of each envelope, before the honest mix and behind it.",
        {
            "MIX-27": "a sender pads.",
            "REP-8": "a mix takes one size at each position.",
            "MIX-4": "so does one that stands alone.",
            "CAS-3": "letters are padded before they are sealed.",
            "CAS-6": "and a dummy is as long as a letter.",
        },
        (
            ("cascade", "all_that_comes_to_a_position_has_one_size"),
            ("reply", "no_other_size_is_taken"),
            ("reply", "sizes_may_differ"),
            ("mix", "messages_of_any_size_have_a_cover_story"),
        ),
        "anonspec attack cascade.size",
        "a seal does not hide how long a letter is",
    )


def intersection() -> Page:
    """Many rounds."""
    always, without = worlds("cascade.intersection")
    scene = Scene()
    rounds = [row["round"] for row in without["seen"]]
    sizes = [row["so many"] for row in without["seen"]]
    expected = [row["expected"] for row in without["seen"]]
    others = ["Bea", "Cem", "Dora"]
    target = without["target"]
    people = {f"sender {who}": "Alice" if f"sender {who}" == target else others.pop(0) for who in range(scene.messages)}
    alone = next((row["round"] for row in without["seen"] if row["so many"] == 1), None)
    rows = ["| round | send | may be from | on average |", "|--:|---|--:|--:|"]
    for row in without["seen"]:
        senders = ", ".join(sorted(people[f"sender {who}"] for who in row["send"].split()))
        rows.append(f"| {row['round']} | {senders} | {row['so many']} | {written(row['expected'])} |")
    sent = {who: [str(who.split()[1]) in row["send"].split() for row in without["seen"]] for who in people}
    figure = picture(330)
    top = plot(figure, 52, 222, 14, 22)
    for place, (who, name) in enumerate(sorted(people.items(), key=lambda each: each[1])):
        for number, there in zip(rounds, sent[who], strict=True):
            top.plot(number, place, "o", markersize=8, color=ORANGE if name == "Alice" else BLUE,
                     fillstyle="full" if there else "none")  # fmt: skip
    top.set_yticks(range(len(people)), sorted(people.values()))
    top.tick_params(axis="y", length=0)
    top.set_xticks(rounds, [""] * len(rounds))
    top.set(xlim=(0.5, len(rounds) + 0.5), ylim=(len(people) - 0.5, -0.5))
    top.set_title("Who sends (full) in each round in which Bob gets something", loc="left", fontsize=9.5)
    low = plot(figure, 52, 42, 14, 128)
    low.step(rounds, [row["so many"] for row in always["seen"]], where="mid", color=BLUE)
    low.step(rounds, sizes, where="mid", color=ORANGE)
    low.plot(rounds, [float(each) for each in expected], ".", color=INK)
    low.text(len(rounds) + 0.4, 4.15, "all send always", ha="right", color=BLUE)
    low.text(len(rounds) + 0.4, 1.5, "they send as they like\n(points: on average)", ha="right", color=ORANGE)
    low.set_xticks(rounds)
    low.set(xlim=(0.5, len(rounds) + 0.5), ylim=(0, 4.9), xlabel="rounds", ylabel="possible senders")
    return Page(
        "intersection",
        "Intersection, over many rounds",
        f"""
Three honest mixes, one round a day. Alice writes to Bob every day, and {len(people) - 1} others to others, each on a
day with the chance {written(scene.presence)}. No mix gives anything away: of the letters of a day nobody can say whose
is whose.

Bob's provider sees on which days something comes for him. Somebody else sees who sends on which days. On the first day
{sizes[0]} people sent, and Bob's letter may be from any of them. Whoever did not send on the second day is out of it.
And so on:

{chr(10).join(rows)}

{f"After round {alone} one is left, Alice" if alone else f"After round {rounds[-1]} {sizes[-1]} are left"}. After r
rounds another one is still there with the chance a^r, for a presence of a; the attacker is right with
{written(without["beforehand"])} after {rounds[-1]}.

No mix can do anything about it. What the set shrinks to is those who were always there. If all {len(people)} send in
every round, a dummy if they have nothing to say, it does not shrink: the chance stays {written(always["beforehand"])}.
No clause can make them. So the chapter says it among the things that it does not hide.
        """,
        figure,
        f"Above, who sends in each of {len(rounds)} rounds; Alice in all. Below, the number of possible senders falls "
        f"from {sizes[0]} to {sizes[-1]}; it stays {len(people)} if all send always.",
        "One run. A set of people who were there each time is what many rounds leave.",
        {
            "CAS-6": "a dummy looks like a letter to all but the last mix, so that one can always send.",
            "CAS-8": "a batch hides who is in it, for one round.",
            "CAS-12": "the last mix drops dummies, and delivers the others: that Bob gets something is seen.",
        },
        (
            ("cascade", "a_set_shrinks_with_each_round"),
            ("cascade", "a_cascade_protects_over_many_rounds"),
            ("cascade", "a_dummy_looks_like_a_message"),
        ),
        "anonspec attack cascade.intersection",
        "who was there each time is in every set",
    )


# ---- reply ----


def long_lived_key() -> Page:
    """A key that is in every address."""
    kept, without = worlds("reply.long-lived-key")
    keys = len({row["sha256 of the key"] for row in kept["seen"]})
    figure = picture(264)
    for world, title, bottom in ((kept, "Each address has a key of its own", 136), (without, "One key for all", 4)):
        first, *rest = world["seen"]
        same = [place for place, row in enumerate(rest) if row["then"]]
        found = same or range(len(rest))
        right = [f"{place}, {row['sha256 of the key'][:6]}…" for place, row in zip(PLACES, rest, strict=False)]
        left = ["", f"Alice's, {first['sha256 of the key'][:6]}…"]
        axes = canvas(figure, bottom, bottom + 124)
        conclusions: list[Line] = [(1, place, "sure" if same else "maybe") for place in found]
        linking(axes, title, left, right, conclusions, "")
    return Page(
        "long-lived-key",
        "The long-lived key in a return address",
        f"""
Alice takes part in two discussions under two names. To be answered she gives away return addresses: a header that leads
through three mixes, and a public key under which the answer is to be sealed. Nobody who sees an address can say where
it leads.

The attacker has one address of which he knows that it is Alice's; she gave it to him. From {len(kept["seen"]) - 1}
people in the other discussion he gets {len(kept["seen"]) - 1} addresses. One of them is hers.

The headers tell him nothing: each is sealed anew. So he looks at the keys. If Alice puts her one long-lived public key
into all her addresses, it stands in two of those that he has. He is
{outcome(without)}. He did not have to watch a wire, or own a mix, or wait for an answer. And the key has her name on
it wherever else she has used it.

If each address has a key pair of its own, made for it and thrown away with it, he sees {keys} different keys in
{len(kept["seen"])} addresses. Any of the {len(kept["candidates"])} may be hers: he is {outcome(kept)}.
        """,
        figure,
        "Two diagrams. With one-time keys, dashed lines lead from Alice's address to all others; with one key for all, "
        "a full line leads to the address with the same key.",
        "Hashes of the keys in addresses. On the left the one that is known to be Alice's.",
        {
            "REP-2": "keys, mark and key pair of each address are new.",
            "REP-3": "how they are drawn.",
            "REP-15": "and one answer is taken for each mark.",
        },
        (
            ("reply", "no_two_addresses_have_anything_in_common"),
            ("reply", "two_addresses_do_not_tell_that_they_have_one_author"),
            ("reply", "one_key_serves_all_addresses_of_an_author"),
        ),
        "anonspec attack reply.long-lived-key",
        "one key in all addresses is a name",
    )


def twice() -> Page:
    """An address that is answered twice."""
    kept, refused, without = worlds("reply.twice")
    by_responder = next(row["then"] for row in kept["seen"] if row["whose"] == "a second answer")
    by_mix = next(row["then"] for row in refused["seen"] if row["whose"] == "a second answer")
    return Page(
        "address-twice",
        "A return address that is used twice",
        f"""
Of {len(kept["candidates"])} people each has given away a return address. An answer to each is on its way, through three
mixes of which the second is honest. The attacker owns the others, and he is the one who answers to one of the
addresses. He wants to know whose it is.

Mixes lay a stream over the body of an answer, and the streams are in the header: the author chose them and will undo
them. One answer looks like noise behind the honest mix. But two answers to the *same* address go under the same
streams. Whatever they are, the difference of the two bodies is the same behind the mix as before it, and he knows what
he sent.

So he answers twice, in two batches, and looks for a body of the first and one of the second batch that differ as his
did. There is one such pair. It goes to {named(without["candidates"][0])}; he is {outcome(without)}.

Two clauses stand in the way, and either would do. An honest responder answers once: the second time it is
{by_responder.removesuffix(": REP-7")}, by REP-7. The attacker does not care, but he has to get by the mix as well,
which remembers each header whatever body comes with it: {by_mix}. With a mix that keeps it he
is {outcome(refused)}; with both he is {outcome(kept)}.
        """,
        both(("The mix remembers headers", "The mix takes a header twice"), refused, without, "his answer"),
        f"Two diagrams. With a memory, dashed lines lead from the answer to all {len(refused['candidates'])} authors; "
        f"without, one full line leads to {named(without['candidates'][0])}.",
        "What the attacker concludes of the first batch, having sent a second answer with the next one.",
        {
            "REP-7": "a responder answers to an address once.",
            "REP-10": "a mix takes a header once, whatever body it comes with.",
            "REP-12": "a stream is all that a mix can lay over an answer, so it leaves differences as they are.",
        },
        (
            ("reply", "each_address_is_answered_to_once"),
            ("reply", "a_copy_tells_nothing"),
            ("reply", "an_address_serves_twice"),
            ("reply", "answers_to_one_address_come_out_unlike"),
        ),
        "anonspec attack reply.twice",
        "two answers under one stream differ as they did",
    )


def pages() -> list[Page]:
    """The pages on sealed messages."""
    return [replay(), tagging(), size(), long_lived_key(), twice(), intersection()]
