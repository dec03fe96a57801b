"""What a token is for: the whole gateway, or some of its layers (RFC 8707)."""

from collections.abc import Iterable

from governance.policy import Layer

EVERY_LAYER: frozenset[Layer] = frozenset(Layer)


def resources(gateway: str) -> dict[str, frozenset[Layer]]:
    """Return the resources that a token can be asked for, each with the layers that it opens."""
    layers = {f"{gateway}/{layer}": frozenset({layer}) for layer in Layer}
    return {gateway: EVERY_LAYER, **layers}


def opened(audiences: Iterable[str], gateway: str) -> frozenset[Layer]:
    """Return the layers that a token with these audiences opens, none if it is for others."""
    known = resources(gateway)
    return frozenset[Layer]().union(*(known.get(each, frozenset()) for each in audiences))
