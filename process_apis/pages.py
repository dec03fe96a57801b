"""All the pages of a list, read one after the other."""

from collections.abc import Awaitable, Callable
from typing import TypeVar

from system_apis.canonical.record import Page

T = TypeVar("T")


async def every(page: Callable[[str | None], Awaitable[Page[T]]]) -> list[T]:
    """Return the records of every page."""
    found = await page(None)
    items = list(found.items)
    while found.next_cursor is not None:
        found = await page(found.next_cursor)
        items += found.items
    return items
