"""Reading every page of a list, as any caller would."""

from collections.abc import Awaitable, Callable
from typing import TypeVar

from system_apis.canonical.record import Page

T = TypeVar("T")


async def every(ask: Callable[[str | None], Awaitable[Page[T]]]) -> list[T]:
    """Return the items of all pages, in order."""
    page = await ask(None)
    items = list(page.items)
    while page.next_cursor is not None:
        page = await ask(page.next_cursor)
        items += page.items
    return items
