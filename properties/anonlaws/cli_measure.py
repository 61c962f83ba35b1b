"""The commands `anonspec measure ...`: numbers that a chapter promises, exact where they are rational."""

import json
import re
import sys
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from anonlaws import check as gather
from anonlaws import measure
from anonlaws.cli_options import AsJson, SubjectName, Usage, console
from anonlaws.mix import formulas

measures = typer.Typer(help="Exact numbers: what a coalition learns, what a protocol costs.", no_args_is_help=True)

COUNT, SMALL = 10**9, 2**16 - 1
"""The most messages or ticks of a formula, and of a mix's rule."""
DIGITS = 100
"""The longest number that is typed."""


def tell(numbers: measure.Measures, as_json: bool) -> None:
    """The numbers as JSON or as a table."""
    sys.set_int_max_str_digits(0)  # what has been computed can be written, however long the fraction
    plain = measure.exact(numbers)
    if as_json:
        typer.echo(
            "{\n" + ",\n".join(f" {json.dumps(name)}: {json.dumps(value)}" for name, value in plain.items()) + "\n}"
        )
        return
    grid = Table(show_header=False)
    for name, value in plain.items():
        grid.add_row(name.replace("_", " "), value if isinstance(value, str) else json.dumps(value))
    console().print(grid)


@measures.command("dcnet")
def measure_dcnet(
    members: Annotated[int, typer.Option(min=0, help="How many members the net has.")],
    edges: Annotated[str, typer.Option(help='Who shares keys with whom: "0-1,1-2,2-0", or "complete", or "ring".')],
    colluders: Annotated[str, typer.Option(help='Members that put together what they know: "0,2".')] = "",
    as_json: AsJson = False,
    subject: SubjectName = "anonref",
) -> None:
    """What a coalition learns of the sender in a DC-net, and what a slot costs."""
    net = gather.subject(subject).chapters["dcnet"]
    tell(measure.dcnet(net, members, graph(edges, members), numbers("--colluders", colluders)), as_json)


@measures.command("reservation")
def measure_reservation(
    slots: Annotated[int, typer.Option(min=1, help="Slots that a reservation round offers.")],
    senders: Annotated[int, typer.Option(min=0, help="Members that want to send.")],
    as_json: AsJson = False,
) -> None:
    """How often a reservation succeeds."""
    tell(measure.reservation(slots, senders), as_json)


Chance = Annotated[str, typer.Option(help="Exact: 3/4 or 0.75.")]
Members = Annotated[int, typer.Option(help="Members in all.")]
Collaborators = Annotated[int, typer.Option(help="Members that put together what they see.")]
Paths = Annotated[int, typer.Option(help="Paths that are known to have the same initiator.")]


@measures.command("crowds")
def measure_crowds(
    members: Members,
    collaborators: Collaborators,
    forward: Chance,
    self_choice: Annotated[bool, typer.Option("--self/--no-self", help="Members may choose themselves.")] = True,
    plot: Annotated[Path | None, typer.Option(dir_okay=False, help="Draw it, over all p_f, to this file.")] = None,
    as_json: AsJson = False,
) -> None:
    """What collaborators and the server learn of who began a path in a crowd."""
    on = chance("--forward", forward)

    def measured() -> measure.Measures:
        found = measure.crowds(members, collaborators, on, self_choice)
        if plot:
            measure.plot_crowds(members, collaborators, on, self_choice, plot)
        return found

    tell_or_refuse(measured, as_json)


@measures.command("linked-paths")
def measure_linked_paths(
    honest: Annotated[int, typer.Option(help="Honest members.")],
    bad_hop: Annotated[str, typer.Option(help="The chance that a hop meets a collaborator, exact: 0.091.")],
    forward: Chance,
    paths: Paths,
    as_json: AsJson = False,
) -> None:
    """Who is seen at least twice on linked paths: Shmatikov's model of Crowds."""
    bad, on = chance("--bad-hop", bad_hop), chance("--forward", forward)
    tell_or_refuse(lambda: measure.linked_paths(honest, bad, on, paths), as_json)


@measures.command("predecessor")
def measure_predecessor(
    members: Members, collaborators: Collaborators, forward: Chance, paths: Paths, as_json: AsJson = False
) -> None:
    """How often the predecessor attack names the initiator after so many linked paths."""
    on = chance("--forward", forward)
    tell_or_refuse(lambda: measure.predecessor(members, collaborators, on, paths), as_json)


Rule = Annotated[str, typer.Option(help=f"{', '.join(formulas.RULES)}; cottrell is cottrell-r4.")]
Messages = Annotated[int, typer.Option(min=1, max=COUNT, help="New messages in each round, the threshold n.")]
Pool = Annotated[int, typer.Option(min=0, max=COUNT, help="Messages f that stay in the pool.")]
Share = Annotated[str | None, typer.Option(help="The fraction of Cottrell's rules, exact: 0.65.")]


@measures.command("mix")
def measure_mix(
    rule: Rule,
    threshold: Messages,
    pool: Pool = 0,
    fraction: Share = None,
    period: Annotated[
        int | None, typer.Option(min=1, max=COUNT, help="Ticks of a period, for the mean delay in ticks.")
    ] = None,
    rounds: Annotated[
        int | None, typer.Option(help="For a message that leaves in this round, the first being 1.")
    ] = None,
    forever: Annotated[bool, typer.Option("--forever", help="In the long run, as if no --rounds were given.")] = False,
    plot: Annotated[Path | None, typer.Option(dir_okay=False, help="Draw all rules for this threshold.")] = None,
    as_json: AsJson = False,
) -> None:
    """How well a batching mix hides a message that leaves it, and how long it keeps it.

    With so many new messages as the threshold in each round or period; the pool's first dummies count as origins.
    """
    if forever and rounds is not None:
        raise Usage("--rounds and --forever exclude each other")
    if rule == "binomial":
        raise Usage("rule binomial is not computed: how many messages leave is a matter of coins")
    kind = "cottrell-r4" if rule == "cottrell" else rule
    share = None if fraction is None else chance("--fraction", fraction, "a fraction")

    def measured() -> measure.Measures:
        found = measure.mix(kind, threshold, pool, share, period, rounds)
        if plot:
            measure.plot_mix(kind, threshold, pool, share, plot)
        return found

    tell_or_refuse(measured, as_json)


@measures.command("quota")
def measure_quota(
    rule: Rule,
    held: Annotated[int, typer.Option(min=0, max=SMALL, help="Messages that the mix holds.")],
    threshold: Annotated[int, typer.Option(min=0, max=SMALL, help="The threshold n.")] = 1,
    pool: Annotated[int, typer.Option(min=0, max=SMALL, help="Messages f that stay in the pool.")] = 0,
    fraction: Share = None,
    as_json: AsJson = False,
    subject: SubjectName = "anonref",
) -> None:
    """Whether a mix that holds so many messages fires when its rule is tested, and how many leave."""
    if rule == "binomial":
        raise Usage("rule binomial has no quota: how many messages leave is a matter of coins")
    kind = "cottrell-r4" if rule == "cottrell" else rule
    share = None if fraction is None else chance("--fraction", fraction, "a fraction")
    node = gather.subject(subject).chapters["mix"]
    tell_or_refuse(lambda: measure.quota(node, kind, threshold, pool, share, held), as_json)


@measures.command("blending")
def measure_blending(threshold: Messages, pool: Pool = 0, as_json: AsJson = False) -> None:
    """What the blending attack on a threshold pool mix costs: to purge the pool, then to wait for the target."""
    tell_or_refuse(lambda: measure.blending(threshold, pool), as_json)


@measures.command("dummies")
def measure_dummies(
    law: Annotated[str, typer.Option(help="Of how many dummies join the batch: " + ", ".join(measure.DUMMIES) + ".")],
    mean: Annotated[str | None, typer.Option(help="Of law poisson, exact: 2.5.")] = None,
    continue_: Annotated[
        str | None, typer.Option("--continue", help="Of law geometric: the chance of another.")
    ] = None,
    trials: Annotated[int | None, typer.Option(help="Of law binomial: how many coins.")] = None,
    coin: Annotated[str | None, typer.Option("--chance", help="Of law binomial: each coin's chance.")] = None,
    count: Annotated[int | None, typer.Option(help="Of law constant: how many dummies.")] = None,
    as_json: AsJson = False,
) -> None:
    """How often the attacker of an n-1 attack still picks the target, among the dummies of its batch."""
    typed = {"mean": mean, "continue": continue_, "trials": trials, "chance": coin, "count": count}
    given = {
        name: chance(f"--{name}", value, "a number") if isinstance(value, str) else value
        for name, value in typed.items()
        if value is not None
    }
    tell_or_refuse(lambda: measure.dummies(law, given), as_json)


@measures.command("sgmix")
def measure_sgmix(
    occupancy: Annotated[str, typer.Option(help="Mean number of messages held, 0.01 to 1000, exact: 2.5.")],
    plot: Annotated[Path | None, typer.Option(dir_okay=False, help="Draw it, over all occupancies.")] = None,
    as_json: AsJson = False,
) -> None:
    """What three observers know of a message that leaves a continuous (stop-and-go) mix."""
    rho = chance("--occupancy", occupancy, "a number")

    def measured() -> measure.Measures:
        found = measure.sgmix(rho)
        if plot:
            measure.plot_sgmix(rho, plot)
        return found

    tell_or_refuse(measured, as_json)


def tell_or_refuse(numbers: Callable[[], measure.Measures], as_json: bool) -> None:
    """Tell what can be measured. Raises Usage for parameters outside of the model."""
    try:
        found = numbers()
    except ValueError as error:
        raise Usage(str(error)) from None
    except ImportError:
        raise Usage("--plot needs matplotlib: pip install 'anonspec[plot]'") from None
    tell(measure.with_floats(found), as_json)


def chance(option: str, given: str, what: str = "a chance") -> Fraction:
    """A probability, or another number, as typed, never through a float. Raises Usage."""
    if len(given) > DIGITS or not re.fullmatch(r"\d+(\.\d+|/0*[1-9]\d*)?", given, re.ASCII):
        raise Usage(f"{option} wants {what} such as 3/4 or 0.75, not {given!r}")
    return Fraction(given)


def numbers(option: str, given: str) -> tuple[int, ...]:
    """Members, as typed. Raises Usage."""
    if not re.fullmatch(r"(\d+(,\d+)*)?", given, re.ASCII):
        raise Usage(f"{option} wants numbers with commas between them, such as 0,2, not {given!r}")
    return tuple(int(each) for each in given.split(",") if each)


def graph(given: str, members: int) -> tuple[tuple[int, int], ...]:
    """Edges, as typed; either end first. Raises Usage."""
    if given == "complete":
        return tuple((low, high) for high in range(members) for low in range(high))
    if given == "ring":
        return tuple(sorted({(min(i, j), max(i, j)) for i in range(members) for j in [(i + 1) % members]}))
    if not re.fullmatch(r"\d+-\d+(,\d+-\d+)*", given, re.ASCII):
        raise Usage(f"--edges wants pairs such as 0-1,1-2, or complete, or ring, not {given!r}")
    pairs = (tuple(sorted(map(int, each.split("-")))) for each in given.split(","))
    return tuple((low, high) for low, high in pairs)
