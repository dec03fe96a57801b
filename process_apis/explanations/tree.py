"""The tree of an explanation: each number with what makes it up, and what it rests on.

A tree travels as the list of its nodes, parents before their parts. Pure.
"""

from collections.abc import Iterator, Sequence
from decimal import Decimal

from msgspec import Struct

from system_apis.canonical.money import Money


class Fact(Struct, frozen=True):
    """Something that a number rests on: its name, and what it is."""

    name: str
    value: str


class Node(Struct, frozen=True, kw_only=True):
    """One number or reason of an explanation; `part_of` is the number of the node it is under.

    Where a node `adds`, its amount and those of its siblings that add make up their parent's,
    and so do their quantities.
    """

    number: int
    part_of: int | None
    what: str
    adds: bool
    amount: Money | None = None
    quantity: Decimal | None = None
    facts: tuple[Fact, ...] = ()


class Explanation(Struct, frozen=True):
    """Why something is what it is."""

    subject: str
    nodes: tuple[Node, ...]


class Part(Struct, frozen=True, kw_only=True):
    """A node with what is below it: `parts` make it up, `because` is what it rests on."""

    what: str
    amount: Money | None = None
    quantity: Decimal | None = None
    facts: tuple[Fact, ...] = ()
    parts: tuple["Part", ...] = ()
    because: tuple["Part", ...] = ()


def facts(**said: object) -> tuple[Fact, ...]:
    """Return what is known of some facts; `_` in a name is a blank."""
    return tuple(
        Fact(
            name.strip("_").replace("_", " "),
            f"{each:f}" if isinstance(each, Decimal) else str(each),
        )
        for name, each in said.items()
        if each not in (None, "")
    )


def explanation(subject: str, root: Part) -> Explanation:
    """Return a tree as it travels."""
    return Explanation(subject, tuple(_nodes(root, None, [0], adds=True)))


def _nodes(part: Part, above: int | None, count: list[int], *, adds: bool) -> Iterator[Node]:
    count[0] += 1
    number = count[0]
    yield Node(
        number=number,
        part_of=above,
        what=part.what,
        adds=adds,
        amount=part.amount,
        quantity=part.quantity,
        facts=part.facts,
    )
    for each in part.parts:
        yield from _nodes(each, number, count, adds=True)
    for each in part.because:
        yield from _nodes(each, number, count, adds=False)


def does_not_add_up(nodes: Sequence[Node]) -> list[Node]:
    """Return the nodes whose parts make up something else than they say."""
    return [each for each in nodes if not _adds_up(each, _parts(each, nodes))]


def _parts(of: Node, nodes: Sequence[Node]) -> list[Node]:
    return [each for each in nodes if each.part_of == of.number and each.adds]


def _adds_up(node: Node, parts: Sequence[Node]) -> bool:
    amounts = [each.amount for each in parts if each.amount is not None]
    quantities = [each.quantity for each in parts if each.quantity is not None]
    amount, quantity = node.amount, node.quantity
    in_all = amount if amount is None or not amounts else Money.total(amounts, amount.currency)
    counted = sum(quantities, start=Decimal(0)) if quantities else quantity
    return in_all == amount and (quantity is None or counted == quantity)
