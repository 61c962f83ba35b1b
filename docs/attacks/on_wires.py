"""Chapter observer: a relay without the duties of a mix, and what links its senders to its receivers all the same."""

from collections.abc import Collection, Mapping
from fractions import Fraction
from hashlib import sha256

from drawing import canvas, concluded, linking, picture
from page import CHAPTERS, Page, written

from anonlaws.mix.wire import NO_DUMMIES
from anonspec.mix.model import Threshold
from anonspec.observer.model import Global, Packet

SENDERS, RECEIVERS, RELAY = ("Alice", "Bob", "Carol"), ("Dora", "Emil", "Fay"), 6
EQUAL = tuple(Fraction(1, 3) for _ in SENDERS)


def transcript(came: list[int], left: list[int], sizes: list[int], order: list[int]) -> tuple[Packet, ...]:
    """Three packets to the relay at these times, and on from it, the one at each place of `order` to its receiver."""
    packets = [
        Packet(time=time, source=who, destination=RELAY, bytes=bytes(size), content=b"", cause=None)
        for who, (time, size) in enumerate(zip(came, sizes, strict=True))
    ]
    packets += [
        Packet(time=left[place], source=RELAY, destination=3 + who, bytes=bytes(sizes[who]), content=b"", cause=who)
        for place, who in enumerate(order)
    ]
    return tuple(packets)


def suspected(packets: tuple[Packet, ...]) -> dict[int, tuple[int, ...]]:
    """By receiver, who may have sent what it gets, as a global observer finds by OBS-8."""
    net = CHAPTERS["observer"]
    seen = net.view(Global(), packets)
    outs = [place for place, each in enumerate(seen) if each.source == RELAY]
    return {seen[place].destination - 3: net.suspects(Global(), packets, range(3), [RELAY], place) for place in outs}


def believed(fits: Mapping[int, Collection[int]]) -> dict[int, tuple[Fraction, ...]]:
    """By receiver, the posterior if what is seen is as likely with each sender that fits, and with no other."""
    net = CHAPTERS["observer"]
    return {
        receiver: net.posterior(EQUAL, [Fraction(who in senders) for who in range(3)])
        for receiver, senders in fits.items()
    }


def pages() -> list[Page]:
    """The page on time, order and size."""
    at_once = suspected(transcript([10, 20, 30], [11, 21, 31], [500] * 3, [0, 1, 2]))
    in_order = suspected(transcript([10, 20, 30], [40, 41, 42], [500] * 3, [0, 1, 2]))
    sizes = [120, 480, 1400]
    by_size = suspected(transcript([10, 20, 30], [40, 40, 40], sizes, [2, 0, 1]))
    first = believed({who: [who] for who in range(3)})  # who came in this place
    sized = believed({who: [other for other in range(3) if sizes[other] == sizes[who]] for who in range(3)})

    mix = CHAPTERS["mix"]
    node = mix.begin(Threshold(threshold=3), 500, "uniform", NO_DUMMIES, sha256(b"gallery").digest())
    letters = [bytes([who]) * 500 for who in range(3)]
    for letter in letters:
        node, sent = mix.arrive(node, letter)
    order = [letters.index(each) for each in sent]
    mixed = suspected(transcript([10, 20, 30], [30, 30, 30], [500] * 3, order))
    hidden = believed(mixed)

    figure = picture(430)
    panels = [
        ("Passed on at once: time", believed(at_once)),
        ("All at last, first come first: order", first),
        ("Shuffled, lengths as they were: size", sized),
        ("A mix with a threshold of 3", hidden),
    ]
    for place, (title, chances) in enumerate(panels):
        top = 428 - place * 107
        left = [f"{who}, {size} B" for who, size in zip(SENDERS, sizes, strict=True)] if place == 2 else list(SENDERS)
        between = "mix" if place == 3 else "relay"
        linking(canvas(figure, top - 98, top), title, left, RECEIVERS, concluded(chances), between)
    return [
        Page(
            "wires",
            "Time, order and size: linking without a mix",
            f"""
Alice writes to Dora, Bob to Emil and Carol to Fay, at the ticks 10, 20 and 30. All three send through one relay, and
all is encrypted. An observer reads every wire, breaks nothing, and wants to know who wrote to Dora.

A relay that passes on at once sends to Dora at tick 11. By then only one packet had come to it: there is
{len(at_once[0])} suspect, Alice. Emil's packet has {len(at_once[1])} suspects by this rule and Fay's {len(at_once[2])}.

So the relay waits for all three and sends them at the ticks 40, 41 and 42. Now each packet has {len(in_order[0])}
suspects. But the relay keeps the order, and an observer who knows that is as sure as before: Alice has the chance
{written(first[0][0])}, Bob and Carol {written(first[0][1])}.

So it shuffles, and sends all at tick 40; {len(by_size[0])} suspects each. But the letters have
{sizes[0]}, {sizes[1]} and {sizes[2]} bytes, and one of {sizes[0]} goes to Dora. Alice: {written(sized[0][0])} again.

A mix takes one size only, waits for three and sends them together in an order that it draws. In this run what came
from {SENDERS[order[0]]} left first. To the observer Dora's letter is from Alice with the chance
{written(hidden[0][0])}, from Bob with {written(hidden[0][1])}, from Carol with {written(hidden[0][2])}: what was
believed before anything was seen.
            """,
            figure,
            "Four diagrams of three senders and three receivers. By time a full line leads from Alice to Dora, by "
            "order and by size from each sender to its receiver; behind a mix dashed lines run from all to all.",
            "Full lines are what the observer is sure of, dashed ones what may be. Whose Dora's letter is, is in doubt "
            "behind the mix alone.",
            {
                "OBS-5": "a wire shows time and size, whatever is encrypted.",
                "OBS-7": "of packets in one tick an observer does not know which came first.",
                "OBS-8": "who may have sent it, by headers and times alone.",
                "MIX-4": "so no length is known again.",
                "MIX-10": "all leave together, so no time is.",
                "MIX-16": "and no order.",
            },
            (
                ("observer", "nobody_is_suspected_without_a_way"),
                ("observer", "the_order_of_sending_does_not_show"),
                ("mix", "a_uniform_order_is_uniform"),
                ("mix", "messages_of_any_size_have_a_cover_story"),
            ),
            "anonspec check observer --only nobody_is_suspected_without_a_way",
            "a relay that only forwards hides nobody",
        )
    ]
