"""The register of subscriptions: who asked to be told of what, and what became of that."""

import secrets
from collections.abc import Callable, Sequence
from datetime import datetime
from urllib.parse import urlsplit

import msgspec
from msgspec.structs import replace
from sqlalchemy import Connection, func, insert, select, true, update

from governance.access import Caller, Forbidden
from governance.audit import Audit, AuditEntry
from governance.lifecycle import Outdated
from governance.once import command_name, once
from governance.roles import Role
from governance.wrong_field import WrongField
from process_apis.errors import Conflict, NoSuchRecord
from process_apis.events.published import EVENT_TYPES
from process_apis.listing import PAGE, Listing, Whose, recorded
from process_apis.outbox import events_out
from process_apis.subscriptions.records import (
    DeliveryState,
    Subscription,
    SubscriptionStatus,
    SubscriptionWish,
)
from process_apis.subscriptions.rules import SECRET_OVERLAP, SECRET_SHOWN_FOR
from process_apis.subscriptions.tables import event_deliveries, subscriptions
from store.database import Store

Change = Callable[[Subscription], Subscription]
_STANDING = tuple(each for each in SubscriptionStatus if each is not SubscriptionStatus.DELETED)


class Subscriptions:
    """Strata's own record of who is told what."""

    def __init__(self, store: Store, audit: Audit, wall: Callable[[], datetime]) -> None:
        self._store, self._audit, self.wall = store, audit, wall

    async def register(self, wish: SubscriptionWish, *, by: Caller) -> Subscription:
        """Write a subscription down, from now on; an owner has one at most for each address.

        Raises `Conflict` when the owner has one for the address already.
        """
        at = self.wall()
        made = Subscription(
            id=f"sub_{command_name() or secrets.token_hex(16)}",
            owner=by.subject,
            client_id=by.client_id,
            url=wish.url,
            event_types=sorted(set(wish.event_types)),
            entities=sorted(wish.entities or by.entities),
            description=wish.description,
            status=SubscriptionStatus.ACTIVE,
            reason=None,
            rights=_rights(wish.event_types, by),
            revision=1,
            created_at=at,
            secret_number=1,
            secret_made_at=at,
            old_secret_until=None,
        )

        def work(connection: Connection) -> Subscription:
            for each in _standing(connection, by.subject):
                if each.url == made.url:
                    raise Conflict(f"{each.id} is told at {each.url} already")
            newest = connection.scalar(select(func.max(events_out.c.position))) or 0
            row = {**_columns(made), "position": newest, "failures": 0}
            connection.execute(insert(subscriptions).values(**row))
            self._note(connection, by, "subscription.registered", made, f"told at {_host(made)}")
            return made

        return await self._store.write(once(Subscription, work))

    async def page(
        self, caller: Caller, cursor: str | None, *, most: int = PAGE
    ) -> tuple[list[Subscription], str | None]:
        """Return a page of the subscriptions that a caller sees, and the next one's cursor.

        Raises `NoSuchPage` for a cursor that is of no page of the list.
        """
        listing = listing_of(caller)
        after = listing.after(cursor)

        def sees(subscription: Subscription) -> bool:
            return _may_see(caller, subscription)

        return await self._store.read(
            lambda connection: listing.page(connection, (), sees, after=after, most=most)
        )

    async def get(self, subscription_id: str, caller: Caller) -> Subscription:
        """Return one subscription, also one that was deleted, or raise `NoSuchRecord`."""
        found = await self._store.read(lambda connection: _found(connection, subscription_id))
        if found is None or not _may_see(caller, found):
            raise NoSuchRecord(f"there is no subscription {subscription_id}")
        return found

    async def set_status(
        self, subscription_id: str, status: SubscriptionStatus, revision: int | None, *, by: Caller
    ) -> Subscription:
        """Pause, resume or delete a subscription; one that is resumed is told what it missed."""

        def change(known: Subscription) -> Subscription:
            return known if known.status is status else replace(known, status=status, reason=None)

        action = f"subscription.{status}"
        return await self._change(subscription_id, revision, change, action, by=by)

    async def rotate(
        self, subscription_id: str, revision: int | None, *, by: Caller
    ) -> Subscription:
        """Give a subscription another secret; the one before signs beside it for a day.

        Raises `Forbidden` for anybody but the owner.
        """
        at = self.wall()

        def change(known: Subscription) -> Subscription:
            if known.owner != by.subject:
                raise Forbidden("the secret is its owner's alone")
            return replace(
                known,
                secret_number=known.secret_number + 1,
                secret_made_at=at,
                old_secret_until=at + SECRET_OVERLAP,
            )

        action = "subscription.secret_rotated"
        return await self._change(subscription_id, revision, change, action, by=by)

    async def show_secret(self, subscription_id: str, *, by: Caller) -> Subscription:
        """Write down that the newest secret is shown to its owner now.

        Raises `NoSuchRecord` for anybody else, and when it was shown before or its hour is over.
        """
        at = self.wall()

        def work(connection: Connection) -> Subscription:
            known = _found(connection, subscription_id)
            if known is None or not _may_see(by, known):
                raise NoSuchRecord(f"there is no subscription {subscription_id}")
            is_over = at >= known.secret_made_at + SECRET_SHOWN_FOR
            if known.owner != by.subject or is_over or known.secret_shown == known.secret_number:
                raise NoSuchRecord("this secret is shown no more: rotate it for another")
            shown = replace(known, secret_shown=known.secret_number)
            mine = subscriptions.c.id == shown.id
            connection.execute(update(subscriptions).where(mine).values(**_columns(shown)))
            self._note(connection, by, "subscription.secret_shown", shown, None)
            return shown

        return await self._store.write(work)

    async def standing(self) -> list[Subscription]:
        """Return every subscription that is not deleted, to be minded; nobody is shown them."""
        return await self._store.read(lambda connection: _standing(connection, None))

    async def _change(
        self, subscription_id: str, revision: int | None, change: Change, action: str, *, by: Caller
    ) -> Subscription:
        """Change a subscription, or raise `Outdated` when it is not as it was read."""

        def work(connection: Connection) -> Subscription:
            known = _found(connection, subscription_id)
            if known is None or not _may_see(by, known):
                raise NoSuchRecord(f"there is no subscription {subscription_id}")
            if revision is not None and revision != known.revision:
                raise Outdated(str(revision))
            changed = change(known)
            if changed == known:
                return known
            if known.status is SubscriptionStatus.DELETED:
                raise Conflict(f"{known.id} is deleted: register another")
            return self._put(connection, replace(changed, revision=known.revision + 1), action, by)

        return await self._store.write(once(Subscription, work))

    def disable(self, connection: Connection, subscription_id: str, why: str, by: Caller) -> None:
        """Tell a subscriber nothing more, in the unit of work that found out why."""
        known = _found(connection, subscription_id)
        if known is None or known.status is not SubscriptionStatus.ACTIVE:
            return
        disabled = replace(
            known, status=SubscriptionStatus.DISABLED, reason=why, revision=known.revision + 1
        )
        self._put(connection, disabled, "subscription.disabled", by)

    def _put(
        self, connection: Connection, changed: Subscription, action: str, by: Caller
    ) -> Subscription:
        mine = subscriptions.c.id == changed.id
        told = {**_columns(changed), "failures": 0, "rests_until": None}
        connection.execute(update(subscriptions).where(mine).values(**told))
        if changed.status is SubscriptionStatus.ACTIVE:
            begin_anew(connection, changed.id, self.wall())
        self._note(connection, by, action, changed, changed.reason)
        return changed

    def _note(
        self, connection: Connection, by: Caller, action: str, of: Subscription, why: str | None
    ) -> None:
        entry = AuditEntry.by(by, action, of.id, legal_entity=of.company, reason=why)
        self._audit.append(connection, entry)


def listing_of(caller: Caller) -> Listing[Subscription]:
    """Return the list of the caller's own subscriptions, oldest first; an operator's is of all."""
    whose = true() if Role.OPERATOR in caller.roles else subscriptions.c.owner == caller.subject
    return Listing(
        name="subscriptions",
        order=(subscriptions.c.created_at, subscriptions.c.id),
        read=recorded(Subscription),
        wanted=(whose,),
        parts=tuple(subscriptions.c.status == each for each in _STANDING),
        whose=Whose.EVERYBODY,
    )


def begin_anew(connection: Connection, subscription_id: str, at: datetime) -> None:
    """Let everything that is outstanding be tried now, as if it had not been tried before."""
    connection.execute(
        update(event_deliveries)
        .where(event_deliveries.c.subscription_id == subscription_id)
        .where(event_deliveries.c.state == DeliveryState.PENDING)
        .values(tries=0, due_at=at)
    )


def _rights(types: Sequence[str], by: Caller) -> list[str]:
    """Return which of a caller's scopes bear on some types; each is needed to hear of its type."""
    rights = set[str]()
    for name in types:
        kind = EVENT_TYPES.get(name)
        if kind is None:
            known = ", ".join(EVENT_TYPES)
            raise WrongField("event_types", f"{name} is not published; there are {known}")
        by.require(kind.scope)
        rights |= {kind.scope, kind.amount_scope or kind.scope} & by.scopes
    return sorted(rights)


def _may_see(caller: Caller, subscription: Subscription) -> bool:
    """Whether it is the caller's own or they operate the gateway, and see all its companies."""
    whose = subscription.owner == caller.subject or Role.OPERATOR in caller.roles
    return whose and caller.entities.issuperset(subscription.entities)


def _standing(connection: Connection, owner: str | None) -> list[Subscription]:
    """Return the subscriptions that are not deleted, of one owner or of all."""
    query = select(subscriptions.c.record).where(subscriptions.c.status.in_(_STANDING))
    if owner is not None:
        query = query.where(subscriptions.c.owner == owner)
    found = [_record(each) for each in connection.scalars(query)]
    return sorted(found, key=lambda each: (each.created_at, each.id))


def _found(connection: Connection, subscription_id: str) -> Subscription | None:
    query = select(subscriptions.c.record).where(subscriptions.c.id == subscription_id)
    record = connection.scalars(query).first()
    return None if record is None else _record(record)


def _host(subscription: Subscription) -> str:
    """Return the host that is told: the rest of an address may hold a secret."""
    return urlsplit(subscription.url).netloc


def _record(record: bytes) -> Subscription:
    return msgspec.json.decode(record, type=Subscription)


def _columns(subscription: Subscription) -> dict[str, object]:
    return {
        "id": subscription.id,
        "owner": subscription.owner,
        "status": subscription.status,
        "created_at": subscription.created_at,
        "record": msgspec.json.encode(subscription),
    }
