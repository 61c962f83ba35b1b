"""The command `anonspec simulate`: what is typed made into a network, and what came of it told."""

import json
from typing import Annotated, Any

import typer
from pydantic import TypeAdapter, ValidationError
from rich.table import Table

from anonlaws import check as gather
from anonlaws.cli_measure import chance
from anonlaws.cli_options import AsJson, SubjectName, Usage, console, progress
from anonspec.mix.model import Law, Rule

SGMIX = "sgmix"

RULES: TypeAdapter[Any] = TypeAdapter(Rule)
LAWS: TypeAdapter[Any] = TypeAdapter(Law)
LAW_FIELDS = {"constant": ("count",), "geometric": ("again",), "binomial": ("trials", "chance")}

KINDS = (*RULES.json_schema()["discriminator"]["mapping"], SGMIX)
"""What --rule can be."""

Fractions = Annotated[str | None, typer.Option(help="Binomial: the chance to leave of 0, 1, 2 … held: 0,1/4,1/2.")]
LawText = Annotated[str | None, typer.Option(help="At each flush: 3, or geometric:1/2, or binomial:5:1/2.")]


def simulate(
    rule: Annotated[str, typer.Option(help=f"Of every mix: {', '.join(KINDS)}.")],
    threshold: Annotated[int | None, typer.Option(help="Messages that a mix waits for.")] = None,
    pool: Annotated[int | None, typer.Option(help="Messages that always stay.")] = None,
    fraction: Annotated[str | None, typer.Option(help="Share that leaves: 13/20 or 0.65.")] = None,
    chances: Fractions = None,
    period: Annotated[float | None, typer.Option(help="Seconds from one test of the rule to the next.")] = None,
    delay: Annotated[float | None, typer.Option(help="sgmix: mean seconds that a message waits in a mix.")] = None,
    dummies: LawText = None,
    pool_dummies: LawText = None,
    layers: Annotated[int, typer.Option(min=1, max=100, help="Mixes that a message passes.")] = 1,
    width: Annotated[int, typer.Option(min=1, max=10_000, help="Mixes in a layer; 1 is a cascade.")] = 1,
    messages: Annotated[int, typer.Option(min=1, max=10_000_000, help="Messages in all.")] = 100_000,
    rate: Annotated[float, typer.Option(help="Messages a second, of all senders.")] = 1.0,
    senders: Annotated[int, typer.Option(min=1, max=10_000_000, help="Users, who send and receive.")] = 100,
    loops: Annotated[float, typer.Option(help="Cover messages a second, of all senders, through all layers.")] = 0.0,
    latency: Annotated[float, typer.Option(help="Seconds that each link takes.")] = 0.0,
    warm_up: Annotated[float, typer.Option(help="Share of messages not counted, at either end.")] = 0.1,
    targets: Annotated[int, typer.Option(min=0, max=100_000, help="Messages followed to the end.")] = 100,
    seed: Annotated[int, typer.Option(min=0, help="Same seed, same numbers.")] = 0,
    as_json: AsJson = False,
    subject: SubjectName = "anonref",
) -> None:
    """Send messages through layers of mixes; tell delay, and anonymity against whoever watches every link.

    anonspec simulate --rule sgmix --delay 1 --layers 3 --width 5 --rate 1000 --messages 1000000

    anonspec simulate --rule cottrell-r4 --threshold 1 --pool 45 --fraction 0.65 --period 20 --dummies geometric:1/2

    Each message takes one mix of each layer by chance. Hop entropy: which of the messages that came to a mix a message
    is that leaves it. Output entropy: which of the messages that leave the network a message is that entered it;
    receiver entropy: whom it reaches. They are exact for the run, by propagation and not by sampling; the standard
    error is that of the mean over runs, by batch means. Cover and dummies are, on links, messages like all others;
    a mix's own dummies are nobody's messages, and the observer knows how many a mix made, not which.
    """
    try:
        from anonlaws.simulate import Net, measured  # noqa: PLC0415 - numpy is optional
        from anonlaws.simulate.mixes import Batching, Continuous  # noqa: PLC0415
    except ModuleNotFoundError as error:
        if error.name != "numpy":
            raise
        raise Usage("simulate needs numpy: pip install 'anonspec[simulate]'") from None
    given = {
        "threshold": threshold,
        "pool": pool,
        "fraction": None if fraction is None else chance("--fraction", fraction),
        "chances": None if chances is None else tuple(chance("--chances", each) for each in chances.split(",")),
        "period": period,
        "delay": delay,
    }
    given = {name: value for name, value in given.items() if value is not None}
    mix: Any
    if rule == SGMIX:
        for name in (*given, *("dummies" for law in (dummies, pool_dummies) if law)):
            if name != "delay":
                raise Usage(f"rule {SGMIX} has no --{name}")
        if delay is None:
            raise Usage(f"rule {SGMIX} wants --delay")
        mix = Continuous(delay)
    else:
        mix = batching(Batching, rule, given, {"--dummies": dummies, "--pool-dummies": pool_dummies}, subject)
    net = Net(mix, layers, width, messages, rate, senders, loops, latency, warm_up, targets, seed)
    try:
        with progress("simulating") as advance:
            found = measured(net, advance)
    except ValueError as error:
        raise Usage(str(error)) from None
    if as_json:
        typer.echo(json.dumps(found, indent=1))
    else:
        show(found)


def batching(make: Any, kind: str, given: dict[str, Any], laws: dict[str, str | None], subject: str) -> Any:
    """Mixes of chapter mix, by the subject's functions; a period is one tick. Raises Usage, Reject."""
    kind = "cottrell-r4" if kind == "cottrell" else kind
    if kind not in KINDS:
        raise Usage(f"there is no rule {kind!r}; there are: {', '.join(KINDS)}")
    chapters = gather.subject(subject).chapters
    if "mix" not in chapters:
        raise Usage(f"the subject {subject} has no chapter mix")
    node = chapters["mix"]
    tick = given.get("period", 1.0)
    rule = shaped(f"rule {kind}", RULES, {**given, "kind": kind, **({"period": 1} if "period" in given else {})})
    node.check_rule(rule)
    made = [law(option, text) for option, text in laws.items()]
    for each in made:
        node.check_law(each)
    batch, inside = made
    return make(rule, node.fires, node.quota, tick, into_pool=inside, into_batch=batch)


def law(option: str, given: str | None) -> Any:
    """A law of dummies, as typed. Raises Usage."""
    kind, *values = (given or "0").split(":")
    if kind.isdecimal():
        kind, values = "constant", [kind, *values]
    if kind not in LAW_FIELDS or len(values) != len(LAW_FIELDS[kind]):
        raise Usage(f"{option} wants 3, or geometric:1/2, or binomial:5:1/2, not {given!r}")
    fields: dict[str, Any] = dict(zip(LAW_FIELDS[kind], (chance(option, each) for each in values), strict=True))
    for name in {"count", "trials"} & fields.keys():
        if fields[name].denominator == 1:
            fields[name] = int(fields[name])
    return shaped(option, LAWS, {**fields, "law": kind})


def shaped(what: str, shape: TypeAdapter[Any], fields: dict[str, Any]) -> Any:
    """What the fields make. Raises Usage for the first that is missing, too many or wrong."""
    try:
        return shape.validate_python(fields)
    except ValidationError as error:
        first = error.errors()[0]
    name = first["loc"][1] if len(first["loc"]) > 1 else ""
    match first["type"]:
        case "missing":
            raise Usage(f"{what} wants --{name}")
        case "extra_forbidden":
            raise Usage(f"{what} has no --{name}")
    raise Usage(f"{what}, {name}: {first['msg']}, not {first['input']}")


def show(found: dict[str, Any]) -> None:
    """The numbers as a table, one summary a line."""
    grid = Table("", "mean", "standard error", "min", "5 %", "median", "95 %", "max")
    for name, value in found.items():
        if name.endswith(("_seconds", "_bits")):
            cells = ["–" if number is None else f"{number:.4g}" for number in value.values()]
            grid.add_row(name.replace("_", " "), *cells)
    console().print(grid)
    plain = Table(show_header=False)
    for name, value in found["parameters"].items():
        plain.add_row(name.replace("_", " "), json.dumps(value))
    for name, value in found.items():
        if name == "layers":
            for number, layer in enumerate(value, 1):
                plain.add_row(f"layer {number}", ", ".join(f"{key} {count}" for key, count in layer.items()))
        elif not isinstance(value, dict) and name not in found["parameters"]:
            plain.add_row(name.replace("_", " "), json.dumps(value))
    console().print(plain)
