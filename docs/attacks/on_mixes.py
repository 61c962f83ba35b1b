"""Chapter mix: an attacker who holds up others, floods, or does both, once or until nothing else is left."""

from collections.abc import Mapping
from fractions import Fraction

from drawing import BLUE, INK, ORANGE, PANEL, picture, plot
from matplotlib.axes import Axes
from page import CHAPTERS, Page, written

from anonlaws import measure
from anonlaws.cli_attack import SHAPES, rule_of
from anonlaws.mix import attacks
from anonlaws.mix.attacks import ATTACKS, Scene, Told
from anonlaws.mix.wire import NO_DUMMIES
from anonspec.mix.model import Constant, Dummies, Rule, Threshold, ThresholdPool, Timed, TimedPool

NET = CHAPTERS["mix"]
SAYS = {"own": "the attacker sends", "others": "come from others", "target": "Alice's message comes"}


def events(told: Told) -> str:
    """What the attacker sees, as a table."""
    rows = ["| tick | what happens | messages | his own |", "|--:|---|--:|--:|"]
    for event in told["events"]:
        left = event["what"] == "batch"
        rows.append(
            f"| {event['tick']} | {'**leave**' if left else SAYS[event['what']]} | {event['messages']} |"
            f" {event['own'] if left else ''} |"
        )
    return "\n".join(rows)


def worth(
    name: str, rule: Rule, dummies: Dummies = NO_DUMMIES, *, others: int, late: int = 0, flood: int = 1
) -> attacks.Chances:
    """What an attack is worth, exactly."""
    return attacks.chances(NET, ATTACKS[f"mix.{name}"], Scene(rule, dummies, others, late, flood))


def bars(axes: Axes, chances: Mapping[str, Fraction]) -> None:
    """For each kind of rule the chance that the attacker is right."""
    for place, chance in enumerate(chances.values()):
        y = len(chances) - 1 - place
        axes.barh(y, 1, 0.62, color=PANEL)
        axes.barh(y, float(chance), 0.62, color=ORANGE if chance == 1 else BLUE)
        said = str(chance) if len(str(chance)) < 8 else f"{float(chance):.3f}"
        axes.text(1.03, y, said, va="center", color=INK)
    axes.set_yticks(range(len(chances)), list(chances)[::-1])
    axes.tick_params(axis="y", length=0)
    axes.spines["left"].set_visible(False)
    axes.set(xlim=(0, 1), ylim=(-0.6, len(chances) - 0.4), xlabel="chance that the attacker is right")


def trickle() -> Page:
    """Against a timed mix; and against all."""
    scene = Scene(Timed(period=3), NO_DUMMIES, 2, 2)
    told = attacks.told(NET, "mix.trickle", scene, 0)
    found = {kind: worth("trickle", rule_of(kind, {}), others=2, late=2).right for kind in SHAPES}
    held = attacks.told(NET, "mix.trickle", Scene(Threshold(threshold=4), NO_DUMMIES, 2, 2), 0)
    pool = TimedPool(period=3, pool=4)
    pooled = worth("trickle", pool, others=2, late=2).right
    figure = picture(290)
    bars(plot(figure, 128, 40, 46, 6), found)
    return Page(
        "trickle",
        "A trickle: hold up all others, and wait",
        f"""
Alice sends a message to a mix that lets everything leave at the end of each period of three ticks. Two messages of
others are in it. The attacker can delay what is on its way to the mix, and sends nothing of his own.

He lets the period end, and the two are gone. He lets Alice's message in and holds up {told["messages_held_up"]} that
come with it. The bell rings again:

{events(told)}

A batch of {told["events"][-1]["messages"]}. He is {"right" if told["right"] else "wrong"}, as he knew he would be: the
chance was {written(told["chance"])}, for {told["messages_sent"]} messages sent. Nobody notices more than a delay.

A mix that waits for four messages does not fire. Nothing leaves, and he is right with the chance
{written(held["chance"])}: he can keep Alice's message waiting, but not find it. A timed mix that keeps a pool of
{pool.pool} messages does fire, and one leaves out of {pool.pool + 1}; it is Alice's with the chance
{written(pooled)}.
        """,
        figure,
        "Bars for eleven batching rules. The trickle is right for certain against timed and threshold-or-timed mixes, "
        f"with the chance {pooled} against a timed pool, and never against a threshold.",
        "How often the attacker is right, by rule, with the parameters of the command; two messages are in the mix, "
        "two are held up.",
        {
            "MIX-8": "a clock fires whatever is there, unless the rule wants a threshold as well.",
            "MIX-7": "a threshold waits for others, for as long as it takes.",
            "MIX-11": "a pool keeps some of what is held back, whoever waits.",
        },
        (
            ("mix", "a_trickle_costs_nothing"),
            ("mix", "nobody_leaves_alone"),
            ("mix", "an_attack_is_worth_what_its_numbers_say"),
        ),
        "anonspec attack mix.trickle --rule timed",
        "a clock lets a message leave alone",
    )


def flood() -> Page:
    """Against pools: the more messages the attacker sends, the surer is he; but for Cottrell's quota."""
    period, pool, others = 1, 5, 2
    timed = TimedPool(period=period, pool=pool)
    cottrell = rule_of("cottrell-r4", {"period": 1, "threshold": 1, "pool": pool})
    sizes = (5, 10, 20, 40, 80, 160, 320)
    found = {
        kind: [worth("n-1", rule, others=others, flood=size).right for size in sizes]
        for kind, rule in (("timed pool of 5", timed), ("Cottrell's quota of a half", cottrell))
    }
    alone = [worth("flood", Threshold(threshold=4), others=2, late=late).right for late in (0, 1, 2)]
    told = attacks.told(NET, "mix.flood", Scene(Threshold(threshold=4), NO_DUMMIES, 2, 2), 0)
    figure = picture(250)
    axes = plot(figure, 46, 42, 16, 10)
    for (kind, chances), colour, marker, place in zip(found.items(), (ORANGE, BLUE), "os", (3, -1), strict=True):
        axes.plot(sizes, [float(each) for each in chances], color=colour, marker=marker, markersize=6)
        axes.text(sizes[place] * 0.95, float(chances[place]) + 0.05, kind, ha="right", color=colour)
    axes.set_xscale("log")
    axes.set_xticks(sizes, [str(each) for each in sizes])
    axes.minorticks_off()
    axes.set(ylim=(0, 1.04), xlabel="messages sent before each flush", ylabel="chance to be right")
    first, last = found["timed pool of 5"][0], found["timed pool of 5"][-1]
    bound = found["Cottrell's quota of a half"]
    return Page(
        "flood",
        "A flood: drown the mix in messages of one's own",
        f"""
A mix waits for four messages. The attacker holds up nothing; he can only send, and he knows his own messages again when
they leave. Two of others are in the mix. He sends two, and the mix is empty. Now Alice's message comes, and two others
right behind it; he sends one more and looks at what is not his:

{events(told)}

{len(told["candidates"])} candidates, {written(told["chance"])}. If one had come with Alice's it would be
{written(alone[1])}, and if none, {written(alone[0])}: whom the others leave alone he finds.

A pool is there to keep messages back, and a flood washes it out. A timed mix keeps {pool} messages. The attacker sends
so many before each flush, and holds up the others, that nearly everything that is held is his, and so is nearly
everything that stays. With {sizes[0]} messages, Alice's among them, he is right with the chance {written(first)}, with
{sizes[-1]} with {written(last)}.

Cottrell's mix sends no more than a part of what it holds, here one half. However large the flood, a message stays with
a chance of about a half, and in none of these floods is the attacker right with more than {written(max(bound))}. He has
to come again; that is [blending](blending.md).
        """,
        figure,
        f"Two curves over the size of the flood. Against a timed pool the chance rises from {float(first):.2f} to "
        f"{float(last):.2f}; against Cottrell's quota it stays below one half.",
        "The chance that the attacker is right at the first try, by how many messages he lets in before each flush.",
        {
            "MIX-12": "no flood gets more than the part q out at once.",
            "MIX-11": "a constant pool is a smaller and smaller part of what is held.",
            "MIX-15": "all that are held leave as often as each other, old ones and new.",
        },
        (
            ("mix", "a_flood_gets_no_more_than_a_fraction_out"),
            ("mix", "no_flood_flushes_cottrell_s_mix_at_once"),
            ("mix", "a_pool_withstands_any_flood"),
        ),
        "anonspec attack mix.flood --rule threshold",
        "own messages are known again, and wash a pool out",
    )


def n_minus_one() -> Page:
    """Against a threshold, with dummies and without."""
    rule, others = Threshold(threshold=5), 2

    def output(many: int) -> Dummies:
        return Dummies(pool=Constant(count=0), output=Constant(count=many))

    told = attacks.told(NET, "mix.n-1", Scene(rule, NO_DUMMIES, others, 2), 0)
    helped = attacks.told(NET, "mix.n-1", Scene(rule, output(2), others, 2), 0)
    counts = range(9)
    chances = [worth("n-1", rule, output(many), others=others, late=2).right for many in counts]
    coins = {
        "one always": measure.dummies("constant", {"count": 1})["attacker_right"],
        "one on average, geometric": measure.dummies("geometric", {"continue": Fraction(1, 2)})["attacker_right"],
        "one on average, ten coins": measure.dummies("binomial", {"trials": 10, "chance": Fraction(1, 10)})[
            "attacker_right"
        ],
    }
    figure = picture(240)
    axes = plot(figure, 46, 42, 12, 16)
    axes.bar(counts, [float(each) for each in chances], 0.62, color=[ORANGE if each == 1 else BLUE for each in chances])
    for many, chance in zip(counts, chances, strict=True):
        axes.text(many, float(chance) + 0.02, str(chance), ha="center", color=INK)
    axes.set_xticks(counts)
    axes.set(ylim=(0, 1.12), xlabel="dummies that the mix puts into each batch", ylabel="chance to be right")
    mean = [f"{float(each):.4g}" if isinstance(each, float) else written(each) for each in coins.values()]
    return Page(
        "n-1",
        "n − 1: the target among messages of one's own",
        f"""
A mix waits for five messages. Two of others are in it. The attacker holds up everybody else, and sends three of his
own: the mix fires and is empty. He lets Alice's message in and sends four more. The mix fires again, as it must:

{events(told)}

Five leave, four of them his own, and the fifth is Alice's. He is right with the chance {written(told["chance"])}, for
{written(told["messages_sent"])} messages of his own. The mix kept every rule. A batch of five hides a message among
five *people* only if the five messages come from five people, and a mix cannot tell.

What helps is what the attacker does not know again: dummies that the mix itself puts in, and that look like any other
message. With two in each batch he sees {len(helped["candidates"])} strangers, and in this run he guesses
{"right" if helped["right"] else "wrong"}; his chance is {written(helped["chance"])}. With D dummies it is 1/(1 + D).

If coins decide how many there are, an average says less than one would think. Exactly one always leaves him
{mean[0]}; one on average {mean[2]} by ten coins, and {mean[1]} by a law that often makes none.
        """,
        figure,
        "Bars that fall from 1 without dummies through 1/2 and 1/3 to 1/9 with eight.",
        "The chance that the attacker of a threshold mix is right, by how many dummies are in each batch.",
        {
            "MIX-10": "without a pool all leave, so he knows what a batch is made of.",
            "MIX-19": "how many there are is a matter of a law and its coins.",
            "MIX-20": "dummies join what is held or what leaves, each time that the mix fires.",
            "MIX-21": "and nobody knows them again.",
            "CAS-10": "in a cascade they are sealed like messages, and go all the way.",
        },
        (
            ("mix", "n_minus_one_costs_and_gains_what_is_stated"),
            ("mix", "dummies_are_worth_what_their_law_is"),
            ("mix", "dummies_defeat_n_minus_one"),
            ("cascade", "a_mix_s_own_dummies_protect_from_whoever_knows_them"),
        ),
        "anonspec attack mix.n-1 --rule threshold --threshold 5 --dummies 2",
        "a batch of five hides nobody among four of the attacker's",
    )


def blending() -> Page:
    """Against a pool: as often as it takes."""
    rule = ThresholdPool(threshold=4, pool=6)
    scene = Scene(rule, NO_DUMMIES, 2, 0)
    told, formula = attacks.told(NET, "mix.blending", scene, 0), measure.blending(4, 6)
    strangers, alice, purged = [rule.pool + scene.others], [0], 0
    for event in told["events"]:
        if event["what"] == "target":
            purged, alice[-1] = len(strangers) - 1, 1
        elif event["what"] == "batch":
            gone = event["messages"] - event["own"]
            strangers.append(strangers[-1] - (0 if alice[-1] else gone))
            alice.append(alice[-1] - (gone if alice[-1] else 0))
    flushes = range(len(strangers))
    stays = Fraction(rule.pool, rule.pool + rule.threshold)

    figure = picture(250)
    axes = plot(figure, 46, 42, 12, 12)
    axes.bar(flushes, strangers, 0.62, color=BLUE)
    axes.bar(flushes, alice, 0.62, color=ORANGE)
    axes.plot(
        flushes, [float(strangers[0] * stays**k) for k in flushes], color=INK, marker="o", markersize=3.5, linewidth=1
    )
    axes.text(0.75, 6.2, "points: on average", color=INK)
    axes.annotate("Alice's comes in", (purged, 1.1), (purged, 3), ha="center", color=ORANGE,
                  arrowprops={"arrowstyle": "-", "color": ORANGE})  # fmt: skip
    axes.set_xticks(flushes)
    axes.set(ylim=(0, 8.6), xlabel="flushes", ylabel="messages not the attacker's")
    batches = [event for event in told["events"] if event["what"] == "batch"]
    return Page(
        "blending",
        "Blending: as often as it takes",
        f"""
A mix holds a pool of six, and sends four whenever ten are there. Whatever comes may stay for one flush or for many, so
a single flush tells the attacker little. He has time.

He holds up all others, and sends four messages again and again. With each flush some strangers leave and nobody but he
replaces them. He counts: {strangers[0]} strangers at first, and after {purged} flushes in this run none.
Now he lets Alice's message in, goes on sending, and waits for something to leave that is not his. It does so at flush
{len(batches)}, and it is Alice's. He is {"right" if told["right"] else "wrong"}; the chance was
{written(told["chance"])} from the beginning.

A pool does not prevent it; it makes it dear. From a pool that is full, with nothing else there, it takes
{written(formula["rounds_to_purge"])} flushes on average to empty it and {written(formula["rounds_for_target"])} to get
Alice's message out, and {written(formula["messages"])} messages of the attacker's own. Here, where two more were in the
mix, it takes {written(told["flushes"])} flushes and {written(told["messages_sent"])} messages on average; in this run
it took {len(batches)}. All the while everybody else is held up. A mix whose users complain, or that sends messages to
itself and misses them, can notice that.
        """,
        figure,
        f"Bars that fall from {strangers[0]} to none in {purged} flushes; then one message comes in and stays until "
        f"flush {len(batches)}.",
        "How many messages in the mix are not the attacker's, flush by flush; the last ones are Alice's. "
        "Points: how many of the first are left, on average over all runs.",
        {
            "MIX-11": "all but the pool leave, so a flush takes a part of what is held.",
            "MIX-15": "which ones, nobody can influence: the number of flushes is a matter of chance.",
            "MIX-12": "a fraction makes it longer for floods of any size.",
        },
        (
            ("mix", "blending_takes_as_long_as_stated"),
            ("mix", "every_message_leaves_after_some_flushes"),
            ("mix", "cottrell_s_mix_withstands_a_patient_attacker"),
        ),
        "anonspec attack mix.blending --rule threshold-pool --threshold 4 --pool 6",
        "a pool costs the attacker time, and nothing else",
    )


def pages() -> list[Page]:
    """The pages on attacks on one mix."""
    return [trickle(), flood(), n_minus_one(), blending()]
