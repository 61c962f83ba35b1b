"""Laws of a mix that is interrupted: it goes on from its record as if it had not been, and from no other text."""

from anonlaws.law import Forall, Integers, fault, law
from anonlaws.sgmix.wire import TOKENS, Mix, Net, ended, refused, some_arrival, told
from anonspec.sgmix.model import Node
from anonspec.shape import Reject


@fault("SGM-16", "record")
def LosesTheMessages(net: Net, node: Node) -> str:
    """What is held is not written down."""
    text: str = net.record(node.model_copy(update={"held": ()}))
    return text


@fault("SGM-16", "record")
def LosesOneMessage(net: Net, node: Node) -> str:
    """The first of several messages is not written down."""
    text: str = net.record(node.model_copy(update={"held": node.held[1:] or node.held}))
    return text


@fault("SGM-16", "record")
def ForgetsWhatItTook(net: Net, node: Node) -> str:
    """The memory is not written down."""
    text: str = net.record(node.model_copy(update={"remembered": ()}))
    return text


@fault("SGM-16", "record")
def RemembersWhatItHolds(net: Net, node: Node) -> str:
    """Of the memory, what is still held is written down."""
    there = {one.message for one in node.held}
    kept = tuple(one for one in node.remembered if one.message in there)
    text: str = net.record(node.model_copy(update={"remembered": kept}))
    return text


@fault("SGM-16", "record")
def BeginsTheClockAnew(net: Net, node: Node) -> str:
    """After a restart it is moment 0."""
    text: str = net.record(node.model_copy(update={"clock": 0}))
    return text


@fault("SGM-16", "record")
def WritesHowLongIsLeft(net: Net, node: Node) -> str:
    """Delays begin anew when the record is read."""
    held = tuple(one._replace(at=one.at + 1) for one in node.held)
    text: str = net.record(node.model_copy(update={"held": held}))
    return text


@fault("SGM-17", "resume")
def BeginsAnewFromAnyText(net: Net, record: str) -> Node:
    """A text that cannot be read is taken for an empty mix."""
    node: Node
    try:
        node = net.resume(record)
    except Reject:
        node = net.begin(4)
    return node


@fault("SGM-17", "resume")
def IgnoresTheChecksum(net: Net, record: str) -> Node:
    """A record is read as it stands, changed or not."""
    try:
        node: Node = Node.model_validate_json(record[64:])
    except ValueError:
        raise Reject("SGM-17", "cannot be read") from None
    return node


# ---- the laws ----


@law(
    "SGM-16",
    "SGM-15",
    "SGM-12",
    needs=("sgmix.node", "sgmix.resume"),
    faults=(
        LosesTheMessages,
        LosesOneMessage,
        ForgetsWhatItTook,
        RemembersWhatItHolds,
        BeginsTheClockAnew,
        WritesHowLongIsLeft,
    ),
)
def a_mix_goes_on_from_its_record(net: Net, forall: Forall) -> None:
    """Written down and taken up again at every step, a mix does what it would have done without."""
    node, mix = net.begin(4), Mix(4)
    for number in range(forall(range(4, 9), "events")):
        if forall([True, True, True, False], f"arrival {number}"):
            node, _ = told(net, node, mix, some_arrival(forall, mix, number))
        else:
            node, _ = ended(net, node, mix, mix.clock + forall([0, 1, 3], f"ends {number}"))
        if forall(bool, f"anew {number}"):
            node, record = net.write_down(node)
            node = net.resume(record)
        else:
            node, _ = net.restart(node)
        if mix.clock > 0:
            try:
                net.wait(node, mix.clock - 1)
            except Reject as refusal:
                assert refusal.clause == "SGM-9"
            else:
                raise AssertionError("time goes back")
    for message, latest in mix.taken.items():
        if latest >= mix.clock:
            assert refused(net, node, (latest, message, 0, latest, latest)) == "SGM-12"
    ended(net, node, mix, mix.clock + 30)


@law(
    "SGM-17",
    needs=("sgmix.node", "sgmix.resume"),
    faults=(BeginsAnewFromAnyText, IgnoresTheChecksum),
)
def a_record_that_was_changed_is_refused(net: Net, forall: Forall) -> None:
    """Cut anywhere, or with another character anywhere, a record is none."""
    node = net.begin(4)
    for number in range(forall(range(1, 4), "messages")):
        node, _ = net.arrive(node, number, TOKENS[number], forall([3, 9], f"delay {number}"), 0, 20)
    _, record = net.write_down(node)
    place = forall(Integers(0, len(record) - 1), "place")
    kinds = {
        "cut": record[:place],
        "digit": record[:place] + ("1" if record[place] != "1" else "2") + record[place + 1 :],
        "more": record + "0",
        "nothing": "",
    }
    try:
        net.resume(kinds[forall(list(kinds), "changed")])
    except Reject as refusal:
        assert refusal.clause == "SGM-17"
    else:
        raise AssertionError("it was taken")
