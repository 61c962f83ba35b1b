"""Mix networks at scale: a million messages through layers of mixes, and what watching every link tells.

A message takes one mix of each layer, each with the same chance. What a layer sends depends on what comes to it and on
nothing later; so whole layers are worked through, one after the other. Time is in seconds, entropy in bits. With numpy
only (the extra `simulate`); the same seed gives the same numbers with the same numpy.

Not modelled: senders and mixes that are dishonest, messages that are lost, and a mix's own loops, which to all other
mixes are arrivals like any other.
"""

import resource
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from anonlaws.simulate.mixes import COVER, Batching, Continuous, Floats, Ints, work
from anonlaws.simulate.spread import (
    Layer,
    Mass,
    hop_entropy,
    output_entropy,
    receiver_entropy,
    total,
)

BLOCKS = 32
"""Batches of consecutive messages, for standard errors."""

UNFINISHED = 1e-6
"""The chance to be still in the network when the run ends, from which on a target is left out of the entropies."""

MOST_PERIODS = 10**7
"""Periods that a run may have in all; more would be mostly of mixes that fire for nothing."""


@dataclass(frozen=True)
class Net:
    """A network and what is sent through it.

    `senders` users send `messages` at `rate` a second in all, each to one of the users, and beside them cover at
    `loops` a second, all by Poisson processes. Each link takes `latency` seconds. The first and the last `warm_up`
    share of the messages are not counted. `targets` of those counted are followed to whom they may have gone.
    """

    mix: Batching | Continuous
    layers: int = 1
    width: int = 1
    messages: int = 10_000
    rate: float = 1.0
    senders: int = 100
    loops: float = 0.0
    latency: float = 0.0
    warm_up: float = 0.1
    targets: int = 100
    seed: int = 0


@dataclass(frozen=True)
class LayerCount:
    """Messages, cover among them, that came to a layer, were made in it, sent by it, and held at the end."""

    came: int
    made: int
    sent: int
    held: int


@dataclass(frozen=True)
class Run:
    """What came of it, one entry a message in order of sending, NaN where it did not get so far.

    `delay` is from a message's sender to its receiver; `hops[i]` its entropy on leaving layer i (`hop_entropy`); only
    entries of `counted` belong into statistics. `outputs` and `receivers` have one entry a target that was followed to
    the end: the entropy of which message it is on leaving the net, and of who gets it; `unfinished` are the others.
    """

    delay: Floats
    hops: Floats
    counted: slice
    layers: tuple[LayerCount, ...]
    outputs: Floats
    receivers: Floats
    unfinished: int


def check(net: Net) -> None:
    """Raises ValueError for what cannot be simulated."""
    counts = {"layers": net.layers, "width": net.width, "messages": net.messages, "senders": net.senders}
    for name, value in counts.items():
        if value < 1:
            raise ValueError(f"{name}: 1 or more, not {value}")
    for name, number in {"loops": net.loops, "latency": net.latency}.items():
        if not 0 <= number < float("inf"):
            raise ValueError(f"{name}: 0 or more, not {number:g}")
    length = {"delay": net.mix.mean} if isinstance(net.mix, Continuous) else {"period": net.mix.tick}
    for name, number in {"rate": net.rate, **length}.items():
        if not 0 < number < float("inf"):
            raise ValueError(f"{name}: above 0, not {number:g}")
    if not 0 <= net.warm_up < 0.5:
        raise ValueError(f"warm-up: from 0 to less than 1/2 at either end, not {net.warm_up:g}")
    if net.loops * net.messages / net.rate > 100 * net.messages + 1000:
        raise ValueError(f"loops: more than 100 for each message, at {net.loops:g} a second")
    if isinstance(net.mix, Batching) and hasattr(net.mix.rule, "period"):
        periods = net.messages / net.rate / (net.mix.rule.period * net.mix.tick) * net.layers * net.width
        if periods > MOST_PERIODS:
            raise ValueError(f"period: too short; {periods:.0f} periods would pass in all, of which few have a message")


def simulate(net: Net, advance: Callable[[int], None] = lambda _: None) -> Run:
    """Run it. `advance` is told the number of steps first, then 0 for each that is done. Raises ValueError."""
    check(net)
    advance(net.layers * (net.width + 1))
    chance = np.random.Generator(np.random.PCG64(net.seed))
    times, messages = emissions(net, chance)
    counted = slice(int(net.warm_up * net.messages), net.messages - int(net.warm_up * net.messages))
    chosen = range(net.messages)[counted]
    followed = np.linspace(chosen[0], chosen[-1], min(net.targets, len(chosen)), dtype=np.int64)
    targets = [[Mass(int(place), np.ones(1))] for place in np.flatnonzero(messages != COVER)[followed]]
    began = np.empty(net.messages)
    began[messages[messages != COVER]] = times[messages != COVER]
    sent_at, many, source = times, np.ones(len(times), np.int64), np.arange(len(times))
    hops, layers = np.full((net.layers, net.messages), np.nan), []
    for number in range(net.layers):
        order = np.argsort(times, kind="stable")
        times, messages, source = times[order] + net.latency, messages[order], source[order]
        mix = chance.integers(0, net.width, len(times), dtype=np.int32)
        at = [np.flatnonzero(mix == each) for each in range(net.width)]
        passed = []
        for mine in at:
            passed.append(work(net.mix, times[mine], messages[mine], chance))
            advance(0)
        flushes = [each.flushes for each in passed]
        offset = np.cumsum([0, *(len(each.time) for each in flushes)]).tolist()
        layer = Layer(offset[:-1], flushes, [times[mine] for mine in at], [source[mine] for mine in at])
        buffer = np.zeros(len(sent_at))
        for each, target in enumerate(targets):  # in place, for the memory
            targets[each] = layer.spread(target, sent_at, buffer, net.latency)
        made, held, came = sum(each.made for each in passed), sum(each.held for each in passed), len(times)
        messages = np.concatenate([each.gone for each in passed])
        layers.append(LayerCount(came, made, len(messages), held))
        sent_at, many = (np.concatenate([getattr(each, name) for each in flushes]) for name in ("time", "sent"))
        source = np.repeat(np.arange(len(many)), many)
        times = sent_at[source]
        entropy = np.concatenate([hop_entropy(each) for each in flushes])[source]
        hops[number, messages[messages != COVER]] = entropy[messages != COVER]
        advance(0)
    delay = np.full(net.messages, np.nan)
    delay[messages[messages != COVER]] = times[messages != COVER] + net.latency
    receiver = chance.integers(0, net.senders, len(messages))
    place = np.cumsum(many) - many
    ended = [target for target in targets if total(target, many) > 1 - UNFINISHED]
    return Run(
        delay - began,
        hops,
        counted,
        tuple(layers),
        np.array([output_entropy(target, many) for target in ended]),
        np.array([receiver_entropy(target, many, place, receiver, net.senders) for target in ended]),
        len(targets) - len(ended),
    )


def emissions(net: Net, chance: np.random.Generator) -> tuple[Floats, Ints]:
    """When each message is sent, and which it is: numbers in order of sending, COVER for cover."""
    times = np.cumsum(chance.exponential(1 / net.rate, net.messages))
    loops = chance.uniform(0, times[-1], chance.poisson(net.loops * times[-1]))
    messages = np.concatenate([np.arange(net.messages), np.full(len(loops), COVER)])
    times = np.concatenate([times, loops])
    order = np.argsort(times, kind="stable")
    return times[order], messages[order]


# ---- what is told of it ----


def measured(net: Net, advance: Callable[[int], None] = lambda _: None) -> dict[str, Any]:
    """Run it, and all numbers by name. Raises ValueError."""
    began = time.perf_counter()
    run = simulate(net, advance)
    seconds = time.perf_counter() - began
    delay, hops = run.delay[run.counted], run.hops[:, run.counted]
    # A message's entropies at its hops stay together in a block.
    each_hop = np.ascontiguousarray(hops.T).ravel()
    return {
        "parameters": parameters(net),
        "messages": net.messages,
        "seconds": round(seconds, 3),
        "messages_per_second": round(net.messages / seconds),
        "peak_memory_mb": round(peak_memory() / 2**20, 1),
        "delivered": int(np.count_nonzero(~np.isnan(run.delay))),
        "held": int(np.count_nonzero(np.isnan(run.delay))),
        "counted": len(delay),
        "counted_and_delivered": int(np.count_nonzero(~np.isnan(delay))),
        "layers": [vars(layer) for layer in run.layers],
        "delay_seconds": summary(delay),
        "hop_entropy_bits": summary(each_hop),
        "hop_entropy_bits_of_layer": [summary(layer)["mean"] for layer in hops],
        "targets": len(run.outputs) + run.unfinished,
        "targets_unfinished": run.unfinished,
        "output_entropy_bits": summary(run.outputs),
        "receiver_entropy_bits": summary(run.receivers),
    }


def parameters(net: Net) -> dict[str, Any]:
    """What was simulated, for JSON; fractions as text, times in seconds."""
    if isinstance(net.mix, Continuous):
        mix: dict[str, Any] = {"rule": {"kind": "sgmix", "delay": net.mix.mean}}
    else:
        rule = net.mix.rule.model_dump(mode="json")
        if "period" in rule:
            rule["period"] = rule["period"] * net.mix.tick
        laws = {"dummies": net.mix.into_batch, "pool_dummies": net.mix.into_pool}
        mix = {"rule": rule, **{name: law.model_dump(mode="json") for name, law in laws.items()}}
    return {**mix, **{name: value for name, value in vars(net).items() if name != "mix"}}


def summary(values: Floats) -> dict[str, float | None]:
    """Mean, its standard error by means over BLOCKS batches in order of time, extremes and percentiles.

    NaN is left out. None where there are too few values.
    """
    values = values[~np.isnan(values)]
    names = ("min", "p5", "p50", "p95", "max")
    if not len(values):
        return dict.fromkeys(("mean", "standard_error", *names))
    error = None
    if len(values) >= BLOCKS:
        means = [block.mean() for block in np.array_split(values, BLOCKS)]
        error = float(np.std(means, ddof=1) / np.sqrt(BLOCKS))
    marks: Sequence[float] = np.percentile(values, (0, 5, 50, 95, 100)).tolist()
    return {"mean": float(values.mean()), "standard_error": error, **dict(zip(names, marks, strict=True))}


def peak_memory() -> int:
    """The most bytes that this process has had in memory, ever."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)
