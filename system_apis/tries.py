"""How the tries of one call went, told by the way out to whoever watches the call."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from system_apis.errors import FailureKind

# How each try came to nothing, in order; one that went well is `None`.
Tries = list[FailureKind | None]
_tries: ContextVar[Tries | None] = ContextVar("tries", default=None)


@contextmanager
def heard() -> Iterator[Tries]:
    """Hear of every try that is made until the block ends."""
    tries: Tries = []
    token = _tries.set(tries)
    try:
        yield tries
    finally:
        _tries.reset(token)


def tell(kind: FailureKind | None) -> None:
    """Tell whoever listens how a try went."""
    tries = _tries.get()
    if tries is not None:
        tries.append(kind)
