"""What a person lets a step go on despite: known while the step is tried, and by nobody else."""

from collections.abc import Iterator, Set
from contextlib import contextmanager
from contextvars import ContextVar

_despite: ContextVar[frozenset[str]] = ContextVar("despite", default=frozenset())


def despite() -> frozenset[str]:
    """Return the codes that the step at work goes on despite."""
    return _despite.get()


@contextmanager
def going_on_despite(codes: Set[str]) -> Iterator[None]:
    """Let what is tried within go on despite some codes."""
    token = _despite.set(frozenset(codes))
    try:
        yield
    finally:
        _despite.reset(token)
