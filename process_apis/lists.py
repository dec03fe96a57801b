"""What callers are shown of our own lists: a page of their own companies and units."""

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
        self, listing: Listing[R], cursor: str | None, *, most: int = PAGE
    ) -> tuple[list[R], str | None]:
        """Return the page that a cursor asks for, as far as the caller sees it, and the next one's.

        Raises `NoSuchPage` for a cursor that is of no page of the list.
        """
        sight, after = await self.engagements.sight(current_caller()), listing.after(cursor)
        return await self.store.read(
            lambda connection: listing.page(
                connection, sight.caller.entities, sight.sees, after=after, most=most
            )
        )
