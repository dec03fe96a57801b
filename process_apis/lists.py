"""What callers are shown of our own lists: a page of their own companies and units."""

from collections.abc import Callable
from typing import TypeVar

from msgspec import Struct

from governance.access import current_caller
from process_apis.engagements import Engagements
from process_apis.listing import PAGE, Listing
from store.database import Store

R = TypeVar("R")


class Lists(Struct, frozen=True):
    """Reads pages of lists."""

    store: Store
    engagements: Engagements

    async def page(
        self,
        listing: Listing[R],
        cursor: str | None,
        *,
        only: Callable[[R], bool] = lambda _: True,
        most: int = PAGE,
    ) -> tuple[list[R], str | None]:
        """Return the page that a cursor asks for, as far as the caller sees it, and the next one's.

        Raises `NoSuchPage` for a cursor that is of no page of the list.
        """
        sight, after = await self.engagements.sight(current_caller()), listing.after(cursor)

        def sees(record: R) -> bool:
            return sight.sees(record) and only(record)

        return await self.store.read(
            lambda connection: listing.page(
                connection, sight.caller.entities, sees, after=after, most=most
            )
        )
