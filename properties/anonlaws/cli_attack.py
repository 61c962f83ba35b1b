"""The commands `anonspec attack ...`: attacks carried out on a chapter's subject, and what they are worth, exactly."""

import json
from collections.abc import Callable
from fractions import Fraction
from typing import Annotated, Any, get_args

import typer
from pydantic import TypeAdapter
from rich.table import Table

from anonlaws import check as gather
from anonlaws import measure
from anonlaws.cascade import attacks as on_cascades
from anonlaws.cli_measure import chance
from anonlaws.cli_options import AsJson, SubjectName, Usage, console
from anonlaws.mix import attacks as on_mixes
from anonlaws.reply import attacks as on_replies
from anonspec.mix.model import Constant, Dummies, Geometric, Law, Rule, Trials

attacks = typer.Typer(help="Attacks, carried out on a run of the subject's, with their exact chances.")

SEALED = {**on_replies.ATTACKS, **on_cascades.ATTACKS}
"""The attacks on sealed messages, of both chapters."""

LONG = 24
"""The longest fraction that a table shows."""


@attacks.callback(invoke_without_command=True)
def listed(context: typer.Context) -> None:
    """Attacks, carried out on a run of the subject's, with their exact chances. Without a name they are listed."""
    if context.invoked_subcommand is None:
        docs = {name: attack.doc for name, attack in on_mixes.ATTACKS.items()}
        for name, doc in {**docs, **{name: attack.doc for name, attack in SEALED.items()}}.items():
            typer.echo(f"{name:22}{doc}")


# ---- chapter mix ----

SHAPES = {
    kind: shape for shape in get_args(get_args(Rule)[0]) for kind in get_args(shape.model_fields["kind"].annotation)
}
"""The shape of each kind of rule."""

UNLESS_SAID = {"threshold": 4, "pool": 4, "period": 3, "fraction": Fraction(1, 2), "chances": (Fraction(1, 2),)}
"""A rule's parameters where none are given."""

Small = Annotated[int | None, typer.Option(min=1, max=1000)]


def rule_of(kind: str, given: dict[str, Any]) -> Rule:
    """The rule of a kind with these parameters, and the usual ones for all others."""
    fields = {name: given.get(name, usual) for name, usual in UNLESS_SAID.items() if name in SHAPES[kind].model_fields}
    rule: Rule = TypeAdapter(Rule).validate_python({"kind": kind, **fields})
    return rule


def law_of(option: str, given: str) -> Law:
    """A law of dummies as typed: 3, geometric:1/10 or binomial:5:1/2. Raises Usage."""
    name, *values = given.split(":")
    if name.isascii() and name.isdigit() and not values and len(name) <= 4:
        return Constant(count=int(name))
    if name == "geometric" and len(values) == 1:
        return Geometric(again=chance(option, values[0]))
    if name == "binomial" and len(values) == 2 and values[0].isascii() and values[0].isdigit() and len(values[0]) <= 3:
        return Trials(trials=int(values[0]), chance=chance(option, values[1]))
    raise Usage(f"{option} wants a law such as 3, geometric:1/10 or binomial:5:1/2, not {given!r}")


def on_a_mix(name: str) -> Callable[..., None]:
    """The command of an attack on a mix."""

    def command(
        rule: Annotated[str | None, typer.Option(help=f"{', '.join(SHAPES)}. Without one all are compared.")] = None,
        threshold: Annotated[int | None, typer.Option(min=0, max=1000, help="Parameter n of the rule.")] = None,
        pool: Annotated[int | None, typer.Option(min=0, max=500, help="Parameter f.")] = None,
        period: Annotated[int | None, typer.Option(min=0, max=1000, help="Ticks.")] = None,
        fraction: Annotated[str | None, typer.Option(help="Parameter q, exact: 0.65.")] = None,
        chances: Annotated[str | None, typer.Option("--chances", help="List P, exact, with commas: 0,1/3,1/2.")] = None,
        others: Annotated[
            int, typer.Option(min=0, max=1000, help="Messages of others that are in the mix when the attack begins.")
        ] = 2,
        late: Annotated[
            int, typer.Option(min=0, max=1000, help="Messages of others that come right after the target, if they can.")
        ] = 2,
        flood: Annotated[
            int,
            typer.Option(
                min=1,
                max=1000,
                help="Messages let into a mix with a period and a pool before each flush, own or target.",
            ),
        ] = 20,
        dummies: Annotated[
            str, typer.Option(help="On the output of each flush: 3, geometric:1/10 or binomial:5:1/2.")
        ] = "0",
        pool_dummies: Annotated[str, typer.Option(help="Into the pool at each flush, in the same way.")] = "0",
        seed: Annotated[int, typer.Option(min=0, max=2**32, help="Of all that is drawn.")] = 0,
        as_json: AsJson = False,
        subject: SubjectName = "anonref",
    ) -> None:
        if rule is not None and rule not in SHAPES:
            raise Usage(f"there is no rule {rule!r}; there are: {', '.join(SHAPES)}")
        typed = {
            "threshold": threshold,
            "pool": pool,
            "period": period,
            "fraction": fraction and chance("--fraction", fraction),
            "chances": chances and tuple(chance("--chances", each) for each in chances.split(",")),
        }
        given = {option: value for option, value in typed.items() if value is not None}
        if rule and (odd := [option for option in given if option not in SHAPES[rule].model_fields]):
            raise Usage(f"a rule of kind {rule} has no {odd[0]}")
        made = Dummies(pool=law_of("--pool-dummies", pool_dummies), output=law_of("--dummies", dummies))
        net = gather.subject(subject).chapters["mix"]

        def scene(kind: str) -> on_mixes.Scene:
            return on_mixes.Scene(rule_of(kind, given), made, others, late, flood)

        try:
            if rule:
                show(on_mixes.told(net, name, scene(rule), seed), as_json)
            else:
                show_all(on_mixes.compared(net, name, {kind: scene(kind) for kind in SHAPES}), as_json)
        except ValueError as error:
            raise Usage(str(error)) from None

    return command


for each, attack in on_mixes.ATTACKS.items():
    attacks.command(each, help=attack.doc)(on_a_mix(each))

# ---- chapters reply and cascade ----


def on_sealed(name: str, attack: on_cascades.Attack) -> Callable[..., None]:
    """The command of an attack on sealed messages."""

    def command(
        mixes: Annotated[int | None, typer.Option(min=1, max=10, help="Mixes in the row: 3.")] = None,
        honest: Annotated[int | None, typer.Option(min=1, max=10, help="Position of the honest one: 2.")] = None,
        messages: Annotated[int | None, typer.Option(min=2, max=50, help="In a batch, or in a round: 4.")] = None,
        rounds: Annotated[int | None, typer.Option(min=1, max=100, help="Rounds: 8.")] = None,
        presence: Annotated[
            str | None, typer.Option(help="The chance that another is there in a round, exact: 1/2.")
        ] = None,
        dummies: Annotated[
            str | None, typer.Option(help="That the honest mix puts in: 3, or by coins: binomial:5:1/2.")
        ] = None,
        seed: Annotated[int, typer.Option(min=0, max=2**32, help="Of all that is drawn, but for seals.")] = 0,
        as_json: AsJson = False,
        subject: SubjectName = "anonref",
    ) -> None:
        typed: dict[str, Any] = {
            "mixes": mixes,
            "honest": honest,
            "messages": messages,
            "rounds": rounds,
            "presence": presence and chance("--presence", presence),
            "dummies": dummies and law_of("--dummies", dummies),
        }
        given = {option: value for option, value in typed.items() if value is not None}
        if odd := [option for option in given if option not in attack.takes]:
            raise Usage(f"{name} has no --{odd[0]}")
        if isinstance(given.get("dummies"), Geometric):
            raise Usage(f"--dummies wants a law with a greatest number here, not {dummies!r}")
        if mixes is not None and honest is None:  # the second one, if there is another behind it where that is needed
            given["honest"] = max(1, min(2, mixes - ("dummies" in attack.takes)))
        try:
            found = on_cascades.told(gather.subject(subject).chapters, name, attack, on_cascades.Scene(**given), seed)
        except ValueError as error:
            raise Usage(str(error)) from None
        if as_json:
            typer.echo(json.dumps(found, indent=1, default=str))  # fractions as strings
        else:
            show_worlds(found)

    return command


for each, sealed in SEALED.items():
    attacks.command(each, help=sealed.doc)(on_sealed(each, sealed))


def show_worlds(told: on_cascades.Told) -> None:
    """An attack that was carried out in several worlds."""
    for world in told["worlds"]:
        console().print(f"\n{told['attack']}: {world['world']}", style="bold", markup=False)
        grid = Table(*world["seen"][0])
        for row in world["seen"]:
            grid.add_row(*(written(cell) if isinstance(cell, Fraction) else str(cell) for cell in row.values()))
        console().print(grid)
        lines = {
            "may be the target's": ", ".join(world["candidates"]),
            "the attacker says": world["guess"],
            "it is": world["target"],
            "so he is": "right" if world["right"] else "not right",
            "having seen this, he is right with chance": written(world["chance"]),
            "beforehand, with chance": written(world["beforehand"]),
            "without": ", ".join(world["without"]) or "nothing",
            **{f"replaced at the {where}": doc for where, doc in world["replaced"].items()},
            "what prevents it": ", ".join(told["clauses"]),
        }
        grid = Table(show_header=False)
        for what, said in lines.items():
            grid.add_row(what, said)
        console().print(grid)


def show(told: on_mixes.Told, as_json: bool) -> None:
    """An attack that was carried out."""
    if as_json:
        typer.echo(json.dumps(measure.exact(told), indent=1))
        return
    says = {"own": "the attacker sends", "others": "come from others", "target": "comes: the target"}
    grid = Table("tick", "what happens", "messages", "the attacker's own")
    for event in told["events"]:
        left = event["what"] == "batch"
        grid.add_row(
            str(event["tick"]),
            "leave" if left else says[event["what"]],
            str(event["messages"]),
            str(event["own"]) if left else "",
        )
    console().print(grid)
    lines = {
        "may be the target": ", ".join(told["candidates"]) or "nothing that left",
        "the attacker guesses": told["guess"] or "nothing",
        "the target": told["target"],
        "so he is": "right" if told["right"] else "not right",
        "with so many candidates he is right with chance": written(told["chance_given_candidates"]),
        **({"at most": written(told["chance_at_most"])} if "chance_at_most" in told else {}),
        "beforehand, with chance": written(told["chance"]),
        "messages he sends, on average": written(told["messages_sent"]),
        "messages of others that he holds up": str(told["messages_held_up"]),
        "flushes that it takes, on average": written(told["flushes"]),
        "the rule": told["standing"],
        "because of": ", ".join(told["clauses"]),
    }
    grid = Table(show_header=False)
    for what, said in lines.items():
        grid.add_row(what, said)
    console().print(grid)


def show_all(rows: list[on_mixes.Told], as_json: bool) -> None:
    """How every kind of rule stands."""
    if as_json:
        typer.echo(json.dumps([measure.exact(row) for row in rows], indent=1))
        return
    grid = Table("rule", "right with chance", "messages sent", "held up", "flushes", "the rule")
    for row in rows:
        grid.add_row(
            row["rule"],
            written(row["chance"]),
            written(row["messages_sent"]),
            str(row["messages_held_up"]),
            written(row["flushes"]),
            row["standing"],
        )
    console().print(grid)


def written(value: Fraction | None) -> str:
    """A fraction, exact if it is short, with a decimal beside it."""
    if value is None:
        return "–"
    exact = str(value)
    if value.denominator == 1:
        return exact
    return f"{exact} ≈ {float(value):.6g}" if len(exact) <= LONG else f"≈ {float(value):.6g}"
