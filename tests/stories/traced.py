"""A caller's own trace: what is asked as part of it, and what ran under what."""

from collections.abc import Mapping
from typing import Protocol, TypeVar

from tests.stories.engagement import Scene

TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"
PARENT = "00f067aa0ba902b7"
Id = TypeVar("Id", str, bytes)
Id_co = TypeVar("Id_co", str, bytes, covariant=True)


class Spanned(Protocol[Id_co]):
    """A span, however its receiver wrote it down."""

    @property
    def span_id(self) -> Id_co:
        """Its own id."""

    @property
    def parent_span_id(self) -> Id_co:
        """The id of the span that it ran in, if it ran in any."""


async def check_traced(stage: Scene, event_id: str) -> None:
    """Have a billing event checked as part of the caller's own trace."""
    address = f"/process/project-to-cash/v1/billing-events/{event_id}/check"
    asked = await stage.people.call(
        "finance", "POST", address, traceparent=f"00-{TRACE}-{PARENT}-01"
    )
    assert asked.status == 202


def ran_under(span: Spanned[Id], above: Spanned[Id], known: Mapping[Id, Spanned[Id]]) -> bool:
    """Whether a span ran, through any others, under another one."""
    while span.parent_span_id in known:
        span = known[span.parent_span_id]
        if span.span_id == above.span_id:
            return True
    return False
