"""Chapter dcnet: a disruptor who is found, a pad that is used twice, and a key graph that is cut by collusion."""

from collections.abc import Mapping
from fractions import Fraction
from hashlib import sha256
from itertools import combinations
from math import cos, pi, sin

from drawing import BLUE, GREEN, INK, MUTED, ORANGE, PANEL, canvas, picture
from matplotlib.axes import Axes
from matplotlib.patches import PathPatch, Rectangle
from matplotlib.path import Path
from page import CHAPTERS, Page, written

from anonlaws import measure
from anonspec.dcnet.model import Edge, Modulo, Xor
from anonspec.shape import Reject

NAMES = ("Alice", "Bob", "Carol", "Dan", "Eve", "Frank", "Grace")
NET = CHAPTERS["dcnet"]


def ring(members: int) -> tuple[Edge, ...]:
    """Everybody shares keys with two neighbours."""
    return tuple(sorted((min(i, j), max(i, j)) for i in range(members) for j in [(i + 1) % members]))


def random_bytes(name: str, size: int) -> bytes:
    """What is drawn in a run: the same each time."""
    return b"".join(sha256(f"gallery {name} {block}".encode()).digest() for block in range(size // 32 + 1))[:size]


def pads_of(edges: tuple[Edge, ...], word: Mapping[Edge, int], me: int) -> dict[int, int]:
    """A member's pads, by neighbour."""
    return {low + high - me: word[low, high] for low, high in edges if me in (low, high)}


def listed(names: list[str]) -> str:
    """Names in a sentence."""
    return f"{', '.join(names[:-1])} and {names[-1]}"


def around(members: int, radius: float, x: float, y: float) -> list[tuple[float, float]]:
    """Places on a circle, the first at the top, clockwise."""
    turns = [2 * pi * place / members for place in range(members)]
    return [(x + radius * sin(turn), y + radius * cos(turn)) for turn in turns]


# ---- a disruptor ----


def disruption() -> Page:
    """Carol sets a trap, Dan spoils it; he is honest about his pads, or lies."""
    group, members, edges, owner, dan, session = Xor(bytes=1), 5, ring(5), 2, 3, bytes(16)
    word = {edge: random_bytes(f"pad {edge}", 1)[0] for edge in edges}
    pads = [pads_of(edges, word, me) for me in range(members)]
    trap, noise, nonce = 0xC7, 0x2A, random_bytes("nonce", 32)
    commitment = NET.commit_word(group, session, 0, True, nonce, trap)
    owed = [NET.announce(group, me, pads[me], trap if me == owner else 0) for me in range(members)]
    said = [NET.add(group, word, noise) if me == dan else word for me, word in enumerate(owed)]
    total = NET.combine(group, said)
    excess = NET.may_open(group, session, 0, commitment, True, nonce, trap, total)
    announced, opened = dict(enumerate(said)), dict(enumerate(pads))
    caught = NET.blame(group, members, edges, owner, trap, announced, opened)
    lie = {**pads[dan], 4: pads[dan][4] ^ noise}
    disputed = NET.blame(group, members, edges, owner, trap, announced, {**opened, dan: lie})
    share, rounds = Fraction(1, 4), 8
    unfound = (1 - share) ** rounds

    figure = picture(300)
    axes = canvas(figure, 0, 300)
    places = around(members, 92, 180, 150)
    for low, high in edges:
        is_disputed = (low, high) in disputed.disputed
        axes.plot(*zip(places[low], places[high], strict=True), color=ORANGE if is_disputed else MUTED,
                  linewidth=2.5 if is_disputed else 1.4, linestyle=(0, (3, 2)) if is_disputed else "-")  # fmt: skip
        x, y = ((a + b) / 2 for a, b in zip(places[low], places[high], strict=True))
        x, y = 180 + (x - 180) * 0.74, 150 + (y - 150) * 0.74
        axes.text(x, y, f"{word[low, high]:02x}", ha="center", va="center", color=MUTED)
    for me, (x, y) in enumerate(places):
        wrong = said[me] != owed[me]
        axes.plot(x, y, "X" if wrong else "o", markersize=15, color=ORANGE if wrong else GREEN if me == owner else BLUE)
        side = "center" if me == 0 else "left" if x > 180 else "right"
        dx, dy = (0, 16) if me == 0 else (14 if x > 180 else -14, 4 if y > 100 else -20)
        told = f"{NAMES[me]} says {said[me]:02x}"
        told += f",\nowes {owed[me]:02x}" if wrong else ",\nset the trap" if me == owner else ""
        axes.text(x + dx, y + dy, told, ha=side, va="bottom" if me == 0 else "center", color=ORANGE if wrong else INK)
    axes.text(180, 4, f"sum {total:02x}, trap {trap:02x}, too much {excess:02x}", ha="center", color=INK)
    rows = ["| member | announced | pads, as opened | owed | |", "|---|---|---|---|---|"]
    for me in range(members):
        known, fits = " ".join(f"`{pad:02x}`" for pad in pads[me].values()), said[me] == owed[me]
        verdict = "fits" if fits else "**not what is owed**"
        rows.append(f"| {NAMES[me]} | `{said[me]:02x}` | {known} | `{owed[me]:02x}` | {verdict} |")
    return Page(
        "disruption",
        "Disruption, and who is to blame",
        f"""
Alice, Bob, Carol, Dan and Eve sit on a ring and share a pad with each neighbour. In every round each announces a word
of one byte; all five words added up give what was said, and nobody sees who said it. Dan does not want anything to be
said. He adds `{noise:02x}` to his announcement, and the sum is wrong. His word looks like any other.

But this round is Carol's, and she had committed herself to a *trap*: `{trap:02x}`, which is nobody's message. The sum
is `{total:02x}`. She opens the commitment, and now all open the pads of this one round, which hid no message:

{chr(10).join(rows)}

Disruptors: {", ".join(NAMES[each] for each in caught.disruptors)}. Disputed edges: {len(caught.disputed) or "none"}.

Dan may lie about a pad instead, so that his word fits: he opens `{lie[4]:02x}` for the pad that he shares with Eve, and
she opens `{pads[4][3]:02x}`. Then {len(disputed.disruptors) or "no"} members are named, and the
edge {" and ".join(NAMES[each] for each in disputed.disputed[0])} is disputed: one of the two lies, nobody knows which,
and they stop sharing keys. No honest member is ever named.

Dan cannot tell traps from messages. If each round is a trap with the chance {written(share)}, he spoils {rounds} rounds
unfound with the chance {written(unfound)}.
        """,
        figure,
        f"A ring of five members with the byte that each announced and the pads between them. Dan, a cross, says "
        f"{said[dan]:02x} and owes {owed[dan]:02x}; the edge from Dan to Eve is dashed.",
        "A trap that was opened, words in hexadecimal. The cross is the disruptor; the dashed edge is the one that is "
        "disputed if he lies about its pad.",
        {
            "DCN-27": "so Carol cannot call a message of another her trap.",
            "DCN-28": "what is opened never names a sender.",
            "DCN-31": "Dan is named by his own word and his own pads.",
            "DCN-32": "or else it is he or Eve, and no more is claimed.",
        },
        (
            ("dcnet", "a_disruption_looks_like_a_message"),
            ("dcnet", "a_spoiled_trap_is_blamed_on_somebody"),
            ("dcnet", "an_honest_member_is_never_blamed"),
            ("dcnet", "traps_find_a_disruptor_as_often_as_stated"),
        ),
        "anonspec check dcnet --only a_spoiled_trap_is_blamed_on_somebody",
        "a liar spoils a round; a trap names him",
    )


# ---- a pad that is used twice ----

LETTERS = {
    "M": "1000111011101011000110001",
    "E": "1111110000111101000011111",
    "T": "1111100100001000010000100",
    "A": "0111010001111111000110001",
    "9": "0111110001011110000111110",
    " ": "0" * 25,
}
"""Letters of five by five points, row by row."""
ROWS, COLUMNS = 7, 56


def points(said: str) -> bytes:
    """A message as a picture of ROWS by COLUMNS points, eight to a byte."""
    lines = ["".join("0" + LETTERS[each][5 * row : 5 * row + 5] for each in said) for row in range(5)]
    bits = "".join(f"{line:0<{COLUMNS}}" for line in ["", *lines, ""])
    return int(bits, 2).to_bytes(ROWS * COLUMNS // 8)


def shown(axes: Axes, data: bytes, colour: str, y: float) -> None:
    """The points of a word: 1 is drawn, 0 is not."""
    bits = f"{int.from_bytes(data):0{ROWS * COLUMNS}b}"
    size = 340 / COLUMNS
    axes.add_patch(Rectangle((10, y), 340, ROWS * size, color=PANEL, linewidth=0))
    corners = [(0, 0), (0.9, 0), (0.9, 0.9), (0, 0.9), (0, 0)]
    vertices = [
        (10 + (column + dx) * size, y + (ROWS - 1 - row + dy) * size)
        for row in range(ROWS)
        for column in range(COLUMNS)
        if bits[row * COLUMNS + column] == "1"
        for dx, dy in corners
    ]
    codes = [Path.MOVETO, *[Path.LINETO] * 3, Path.CLOSEPOLY] * (len(vertices) // len(corners))
    axes.add_patch(PathPatch(Path(vertices, codes), color=colour, linewidth=0))


def pad_twice() -> Page:
    """Alice announces in two rounds under the same pads, a message and nothing."""
    size = ROWS * COLUMNS // 8
    group, edges, message = Xor(bytes=size), ((0, 1), (0, 2), (1, 2)), points("MEET AT 9")
    word = {edge: int.from_bytes(random_bytes(f"a pad {edge}", size)) for edge in edges}
    pads = pads_of(edges, word, 0)
    first, second = (NET.announce(group, 0, pads, said) for said in (int.from_bytes(message), 0))
    difference = NET.add(group, first, NET.negate(group, second)).to_bytes(size)
    member, _ = NET.speak(NET.join(group, 3, edges, 0), 4, pads, int.from_bytes(message))
    try:
        NET.speak(member, 4, pads, None)
    except Reject as refusal:
        refused = refusal
    said = "the same, bit for bit" if difference == message else "another"
    ones = [data.bit_count() for data in (first, second)]

    figure = picture(216)
    axes = canvas(figure, 0, 216)
    for place, (title, data, colour) in enumerate(
        (
            ("Alice announces in one round", first.to_bytes(size), BLUE),
            ("and in another, under the same pads", second.to_bytes(size), BLUE),
            ("the two, added up by anybody", difference, ORANGE),
        )
    ):
        axes.text(10, 202 - place * 72, title, weight="bold")
        shown(axes, data, colour, 154 - place * 72)
    return Page(
        "pad-twice",
        "A pad used twice",
        f"""
Alice, Bob and Carol share pads of {8 * size} bits, and draw their messages as points: {ROWS} rows of {COLUMNS}. In one
round Alice says MEET AT 9. What she announces is the message under the pads that she shares with Bob and with Carol:
{ones[0]} of {8 * size} points are set, and it looks like noise. It is; whoever does not have both pads learns nothing
from it, however long they compute.

In the next round she has nothing to say. Her program has lost count, and takes the same pads again. {ones[1]} points
are set, and this is noise as well.

Now somebody who knows no pad at all adds up the two announcements. Each pad is there twice and vanishes. What is left
is the difference of the two messages; since the second was nothing, it is the first: {said}.
And it has Alice's name on it. Two rounds in which everything else was right have told everybody what she
said and that it was she.

A member of the reference refuses. Having announced in round 4 it is asked for round 4 again, and says:
{refused.clause}, {refused.reason}. It has to remember one number for that.
        """,
        figure,
        "Three rows of points. The first two look like noise; the third, their sum, reads MEET AT 9.",
        f"Words of {8 * size} bits as points, set or not. Each announcement is noise; together they are the message.",
        {
            "DCN-13": "a member announces in a later round, or not at all.",
            "DCN-14": "derived pads of two rounds have nothing in common.",
            "DCN-16": "and a reader takes one announcement of each member.",
        },
        (
            ("dcnet", "a_pad_used_twice_gives_the_messages_away"),
            ("dcnet", "a_member_spends_no_pad_twice"),
            ("dcnet", "pads_of_two_places_have_nothing_in_common"),
        ),
        "anonspec check dcnet --only a_pad_used_twice_gives_the_messages_away",
        "two announcements that are noise, and their sum, which is not",
    )


# ---- a key graph that is cut ----


def collusion() -> Page:
    """Two of seven on a ring collude; a member of the smaller arc sends."""
    members, coalition, sender, message = 7, (1, 4), 2, 31
    edges, group = ring(7), Modulo(modulus=101)
    found = measure.dcnet(NET, members, edges, coalition)
    parts = [tuple(part) for part in found["components"]]
    word = {edge: int.from_bytes(random_bytes(f"ring pad {edge}", 8)) % 101 for edge in edges}
    said = [NET.announce(group, me, pads_of(edges, word, me), message if me == sender else 0) for me in range(members)]

    def read(part: tuple[int, ...]) -> int:
        """What a part announced, less the pads that it shares with the coalition."""
        shares = [
            NET.negate(group, NET.share(group, me, peer, pad))
            for me in part
            for peer, pad in pads_of(edges, word, me).items()
            if peer in coalition
        ]
        total: int = NET.combine(group, [*(said[me] for me in part), *shares])
        return total

    sums = {part: read(part) for part in parts}
    whole = tuple(combinations(range(members), 2))
    complete = NET.anonymity_sets(members, whole, coalition)
    least = NET.least_keys(members, 2)
    posterior = {int(member): Fraction(chance) for member, chance in found["posterior"].items()}

    figure = picture(280)
    axes = canvas(figure, 0, 280)
    places = around(members, 92, 180, 138)
    looks = dict(zip(parts, ((BLUE, "o"), (GREEN, "s")), strict=True))
    for low, high in edges:
        cut = low in coalition or high in coalition
        axes.plot(*zip(places[low], places[high], strict=True), color=MUTED if cut else INK,
                  linewidth=1.2 if cut else 2.4, linestyle=(0, (3, 3)) if cut else "-")  # fmt: skip
    for me, (x, y) in enumerate(places):
        part = next((part for part in parts if me in part), None)
        colour, marker = looks[part] if part else (ORANGE, "X")
        axes.plot(x, y, marker, markersize=15, color=colour)
        side = "center" if me == 0 else "left" if x > 180 else "right"
        chance = f", {posterior[me]}" if part and sums[part] else ", 0" if part else ""
        axes.text(x + (0 if me == 0 else 14 if x > 180 else -14), y + (14 if me == 0 else -2), NAMES[me] + chance,
                  ha=side, va="bottom" if me == 0 else "center", color=ORANGE if not part else INK)  # fmt: skip
    for part, total in sums.items():
        x, y = (sum(places[me][axis] for me in part) / len(part) for axis in (0, 1))
        x, y = 180 + (x - 180) * 0.42, 138 + (y - 138) * 0.42
        axes.text(x, y, f"sum {total}", ha="center", va="center", color=looks[part][0])
    small, large = sorted(parts, key=len)
    pair, arc, rest = (listed([NAMES[me] for me in part]) for part in (coalition, small, large))
    return Page(
        "collusion",
        "Collusion that cuts the key graph",
        f"""
Seven people sit on a ring and share a pad with each neighbour: {found["key_words_per_slot"]} pads a round, where the
least that withstands one traitor is {NET.least_keys(members, 1)}. {pair} collude. {NAMES[sender]} says {message}; words
are numbers modulo 101.

The two know the pads that they share with others. Without them, and without these pads, the ring falls into two arcs:
{arc}, and {rest}. What an arc announces, less the pads that lead to the traitors, adds up to what was said in
it, for all pads within it vanish. They compute {sums[small]} for the first and {sums[large]} for the second. So it was
{" or ".join(NAMES[me] for me in small)}, each with the chance {written(posterior[sender])}; the {len(large)} others are
out of it. {members - len(coalition)} honest people, and Carol hides among {len(small)}.

No more can be learned. For the other member of the arc there are pads, exactly as likely, under which it sent and the
two traitors see just the same.

In the complete graph, with {len(whole)} pads, the same two leave the {len(complete[0])} others in one piece, each with
the chance {written(Fraction(1, len(complete[0])))}. A graph that withstands any two of seven needs {least} at least.
        """,
        figure,
        f"A ring of seven. {pair}, crosses, cut it into {arc} on one side and {rest} on the other; the sums of the "
        f"sides are {sums[small]} and {sums[large]}.",
        "Crosses collude, dashed edges are theirs. Beside each name: the chance to have sent, to the two. The "
        "anonymity set is the component, no less and no more.",
        {
            "DCN-33": "the component, and not the number of honest members.",
            "DCN-8": "a graph that is cut from the beginning is refused.",
            "DCN-34": "how many keys a graph needs against so many colluders.",
        },
        (
            ("dcnet", "the_anonymity_set_is_the_component"),
            ("dcnet", "a_closed_component_is_readable"),
            ("dcnet", "every_honest_sender_has_a_cover_story"),
            ("dcnet", "an_honest_member_hides_among_all_honest_members"),
        ),
        "anonspec measure dcnet --members 7 --edges ring --colluders 1,4",
        "two colluders on a ring, and what is left to hide in",
    )


def pages() -> list[Page]:
    """The pages on DC-nets."""
    return [disruption(), pad_twice(), collusion()]
