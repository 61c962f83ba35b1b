"""Return addresses that are built otherwise, and right: whole headers kept, keys drawn again, layers by recursion."""

from bisect import bisect_left, insort
from collections.abc import Sequence
from types import SimpleNamespace
from typing import Any

from anonlaws.law import benign, fresh
from anonspec.reply.model import Address
from anonspec.shape import Reject

Net = Any
"""The implementation in hand: whatever has the chapter's functions."""


@benign
def keeps_whole_headers(net: Net) -> Any:
    """A mix keeps the headers themselves, sorted, and beside them a relay that has seen nothing."""

    def take_place(*values: Any, **fields: Any) -> Any:
        return SimpleNamespace(relay=net.take_place(*values, **fields), headers=[])

    def process(state: Any, envelope: bytes) -> Any:
        relay, passed = net.process(state.relay, envelope)
        header = envelope[: net.header_size(net.kit_of(relay.suite).overhead, relay.mixes, relay.position)]
        at = bisect_left(state.headers, header)
        if state.headers[at : at + 1] == [header]:
            raise Reject("REP-10", "here before")
        headers = list(state.headers)
        insort(headers, header)
        return SimpleNamespace(relay=state.relay, headers=headers), passed

    def rekey(state: Any, epoch: int, secret: bytes) -> Any:
        return SimpleNamespace(relay=net.rekey(state.relay, epoch, secret)[0], headers=[]), None

    return SimpleNamespace(**{**vars(net), "take_place": take_place, "process": process, "rekey": rekey})


@benign
def draws_its_keys_again(net: Net) -> Any:
    """An author keeps the numbers of the addresses that are not answered yet, and draws everything else again."""

    def prepare(*values: Any, **fields: Any) -> Any:
        return SimpleNamespace(author=net.prepare(*values, **fields), awaited=frozenset())

    def address(state: Any) -> Any:
        author, made = net.address(state.author)
        after = author.model_copy(update={"awaited": ()})
        return SimpleNamespace(author=after, awaited=state.awaited | {state.author.made}), made

    def open(state: Any, mark: bytes, body: bytes) -> Any:
        author = state.author
        for number in state.awaited:
            if net.draw(author.seed, "mark", number, 0, 0) == mark:
                keys = [net.draw(author.seed, "keys", number, place + 1, 0) for place in range(len(author.hops))]
                message = net.read(author.suite, keys, net.draw(author.seed, "once", number, 0, 0), body)
                return SimpleNamespace(author=author, awaited=state.awaited - {number}), message
        raise Reject("REP-15", "not awaited")

    return SimpleNamespace(**{**vars(net), "prepare": prepare, "address": address, "open": open})


@benign
def wraps_by_recursion(net: Net) -> Any:
    """The header for a mix is the layer of this mix around the header for the next; used addresses are kept whole."""

    def wrap(kit: Any, hops: Sequence[Any], keys: Sequence[Any], kind: bytes, core: Any) -> list[Any]:
        if not hops:
            return [core]
        inner = wrap(kit, hops[1:], keys[1:], kind, core)
        info = net.about(kit.name, hops[0].mix, hops[0].epoch)
        header = kit.seal(hops[0].public, info, kit.join(kind, keys[0], inner[0]))
        if header is None:
            raise Reject("REP-5", "no public key")
        return [header, *inner]

    def await_addresses(*values: Any, **fields: Any) -> Any:
        return SimpleNamespace(responder=net.await_addresses(*values, **fields), headers=())

    def answer(state: Any, address: Address, message: bytes) -> Any:
        if address.header in state.headers:
            raise Reject("REP-7", "answered to before")
        responder, envelope = net.answer(state.responder, address, message)
        return SimpleNamespace(responder=responder, headers=(*state.headers, address.header)), envelope

    other = fresh(net)
    other.wrap, other.await_addresses, other.answer = wrap, await_addresses, answer
    return other


@benign
def takes_its_streams_together(net: Net) -> Any:
    """All streams of an answer are added up and undone at once; a mix drops the last bytes before it adds its own."""

    def uncover(kit: Any, keys: Sequence[bytes], secret: bytes, body: bytes) -> Any:
        stream = bytes(len(body))
        for key in keys:
            stream = kit.mask(key, stream)
        plain = bytes(one ^ other for one, other in zip(body, stream, strict=True))
        return kit.unseal(secret, net.ABOUT_ANSWER + net.CODES[kit.name], plain)

    def turn(kit: Any, kind: bytes, key: bytes, body: bytes) -> Any:
        return kit.mask(key, body[:-16]) if kind == net.REPLY else net.turn(kit, kind, key, body)

    other = fresh(net)
    other.uncover, other.turn = uncover, turn
    return other
