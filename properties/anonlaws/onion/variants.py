"""Onions that are built otherwise, and right: scalars never multiplied, elements remembered, blocks drawn again."""

from collections.abc import Sequence
from types import SimpleNamespace
from typing import Any

from anonlaws.law import benign, fresh
from anonlaws.onion.wire import added, derived, drawn, expanded, layers, mac, permuted, public, stream, times
from anonspec.shape import Reject

Net = Any
"""The implementation in hand: whatever has the chapter's functions."""


@benign
def multiplies_one_after_the_other(net: Net) -> Any:
    """A sender finds secrets and elements as the text has it, and not by products of scalars."""
    other = fresh(net)

    def links(profile: Any, secret: Any, publics: Sequence[Any]) -> Any:
        try:
            made = layers(secret, publics)
        except ValueError:
            raise Reject("ONI-6", "a secret of zeros") from None
        return [
            SimpleNamespace(element=each.element, secret=each.secret, keys=profile.keys(each.secret, each.element, key))
            for each, key in zip(made, publics, strict=True)
        ]

    other.links = links
    return other


@benign
def remembers_elements(net: Net) -> Any:
    """A mix keeps the elements of the packets that it took, which are as good as replay tags once the tag fits."""

    def open_up(*values: Any, **fields: Any) -> Any:
        return SimpleNamespace(node=net.open_up(*values, **fields), elements=())

    def process(state: Any, packet: bytes) -> Any:
        _, passed = net.process(state.node, packet)
        if packet[:32] in state.elements:
            raise Reject("ONI-16", "here before")
        return SimpleNamespace(node=state.node, elements=(packet[:32], *state.elements)), passed

    def rekey(state: Any, epoch: int, secret: bytes) -> Any:
        return SimpleNamespace(node=net.rekey(state.node, epoch, secret)[0], elements=()), None

    return SimpleNamespace(**{**vars(net), "open_up": open_up, "process": process, "rekey": rekey})


@benign
def draws_its_blocks_again(net: Net) -> Any:
    """An author keeps routes and numbers of the blocks that are not answered yet, and draws everything else again."""

    def expect(*values: Any, **fields: Any) -> Any:
        return SimpleNamespace(author=net.expect(*values, **fields), routes={})

    def block(state: Any, route: Any) -> Any:
        author, made = net.block(state.author, route)
        after = author.model_copy(update={"awaited": ()})
        return SimpleNamespace(author=after, routes={**state.routes, state.author.made: route}), made

    def open(state: Any, mark: bytes, body: bytes) -> Any:
        author = state.author
        for number, route in state.routes.items():
            if net.draw(author.seed, "mark", number, author.most) == mark:
                again, _ = net.block(author.model_copy(update={"made": number, "awaited": ()}), route)
                _, message = net.open(again, mark, body)
                routes = {each: way for each, way in state.routes.items() if each != number}
                return SimpleNamespace(author=author, routes=routes), message
        raise Reject("ONI-27", "not awaited")

    return SimpleNamespace(**{**vars(net), "expect": expect, "block": block, "open": open})


@benign
def writes_its_streams_out(net: Net) -> Any:
    """Streams, keys and draws are written out, byte by byte, before anything is added to them."""
    other = fresh(net)
    profile = type(
        "WrittenOut",
        (type(net.ANONSPEC1),),
        {
            "mask": lambda _self, key, data: added(data, stream(key, len(data))),
            "tag": lambda _self, key, data: mac(key, data),
            "permute": lambda _self, key, block: permuted(key, block),
            "element": lambda _self, scalar: public(scalar),
        },
    )
    other.ANONSPEC1 = profile()
    other.derive = derived
    other.reply_key = lambda key: expanded(key, b"anonspec onion reply1", 128)
    other.draw = lambda seed, name, number, most: net.check_most(most) or drawn(seed, name, number, most)
    other.shared = lambda secret, element: net.shared(secret, element) and times(secret, element)
    return other
