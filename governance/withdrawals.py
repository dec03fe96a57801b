"""Access that was taken away, from whoever holds a token of whichever issuer, until given back.

It holds also for tokens that nobody can revoke: they are narrowed, or refused, when they come.
"""

import hashlib
from collections.abc import Callable, Collection, Iterable
from datetime import datetime
from typing import Annotated, Protocol

import msgspec
from msgspec import Meta, Struct
from msgspec.structs import astuple
from sqlalchemy import Column, Connection, LargeBinary, String, Table, delete, insert, select

from governance.access import Caller, Forbidden, current_caller
from governance.audit import Audit, AuditEntry, Reason
from governance.once import once
from governance.pages import MomentPlace, Named, page_of
from governance.roles import ALL_SCOPES, Role, scopes_of
from governance.wrong_field import WrongField
from store.database import Store, metadata

TABLE = Table(
    "access_withdrawals",
    metadata,
    Column("id", String, primary_key=True),
    Column("record", LargeBinary, nullable=False),
)
PAGE = 100
_Whose = tuple[str | None, str | None, str | None]
_Name = Annotated[str, Meta(pattern=r"\A[\x21-\x7e]{1,255}\Z")]
_Scope = Annotated[str, Meta(pattern=r"\A[a-z0-9:_-]{1,100}\Z")]
_Code = Annotated[str, Meta(pattern=r"\A[A-Za-z0-9._-]{1,64}\Z")]


class Target(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Whose access it is: a person's, a client application's, or with neither all of an issuer's.

    Without an `issuer` it is our own.
    """

    issuer: _Name | None = None
    subject: _Name | None = None
    client_id: _Name | None = None

    def __post_init__(self) -> None:
        if self.subject is not None and self.client_id is not None:
            raise ValueError("name a subject or a client_id, not both")
        if self.issuer is None and self.subject is None and self.client_id is None:
            raise ValueError("name whose access it is: a subject, a client_id or an issuer")


class Taken(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What is taken away, and why; all access when no scope, role, entity or unit is named.

    Who was bound to no business units sees those records only that are of none, once one is taken.
    """

    target: Target
    reason: Reason
    scopes: Annotated[list[_Scope], Meta(max_length=200)] = []
    roles: Annotated[list[Role], Meta(max_length=64)] = []
    entities: Annotated[list[_Code], Meta(max_length=256)] = []
    units: Annotated[list[_Code], Meta(max_length=256)] = []


class Withdrawal(Struct, frozen=True, kw_only=True):
    """What was taken away, from whom, by whom and when."""

    id: str
    taken: Taken
    by: str
    at: datetime


class WithdrawalPlace(MomentPlace, frozen=True, tag="withdrawals"):
    """Where a page of withdrawals ends: when the last of it was made, and its id."""

    id: Named


class NoSuchWithdrawal(Exception):
    """Nothing was withdrawn under this id."""


class Withdrawn(Protocol):
    """Says what is left of a caller's access; asked on every request, so it answers from memory."""

    def narrowed(self, issuer: str, caller: Caller) -> Caller | None:
        """Return the caller with what is left to them, None when that is nothing."""


class Withdrawals:
    """What every process on a store takes away from callers, once it has called `refresh`.

    `others` are the issuers whose tokens are taken beside our own.
    """

    def __init__(
        self,
        store: Store,
        audit: Audit,
        clock: Callable[[], datetime],
        our_issuer: str,
        others: Collection[str] = (),
    ) -> None:
        self._store, self._audit, self._clock, self._ours = store, audit, clock, our_issuer
        self._issuers = frozenset({our_issuer, *others})
        self._by_id: dict[str, Withdrawal] = {}
        self._taken: dict[_Whose, Taken] = {}

    def narrowed(self, issuer: str, caller: Caller) -> Caller | None:
        """Return the caller with what is left to them, None when that is nothing."""
        if not self._taken:
            return caller
        found = (self._taken.get(whose) for whose in _named(issuer, caller))
        return left_to(caller, [taken for taken in found if taken is not None])

    def listed(self) -> list[Withdrawal]:
        """Return every withdrawal that holds now, the oldest first."""
        return sorted(self._by_id.values(), key=lambda each: (each.at, each.id))

    def page(
        self, *, after: WithdrawalPlace | None = None, most: int = PAGE
    ) -> tuple[list[Withdrawal], str | None]:
        """Return a page of the withdrawals that hold now, the oldest first, and its cursor."""
        found = [
            each for each in self.listed() if after is None or (each.at, each.id) > astuple(after)
        ]
        return page_of(found, most, lambda last: WithdrawalPlace(last.at, last.id))

    async def withdraw(self, taken: Taken) -> Withdrawal:
        """Take access away, in place of what was taken from the same before; not one's own.

        Raises `WrongField` for an issuer or a scope that there is not: nothing would be taken.
        """
        caller = current_caller()
        target = taken.target
        whole = msgspec.structs.replace(target, issuer=target.issuer or self._ours)
        self._check(whole, taken)
        if self._is_of(caller, whole):
            raise Forbidden("nobody takes their own access away: ask another operator")
        withdrawal = Withdrawal(
            id=_id_of(whole),
            taken=msgspec.structs.replace(taken, target=whole),
            by=caller.subject,
            at=self._clock(),
        )
        entry = AuditEntry.by(caller, "access.withdraw", _said(withdrawal))
        return await self._change(withdrawal, entry)

    async def give_back(self, withdrawal_id: str, reason: str) -> Withdrawal:
        """End a withdrawal and return what it was, or raise `NoSuchWithdrawal`; not one's own."""
        caller = current_caller()

        def work(connection: Connection) -> Withdrawal:
            withdrawal = _find(connection, withdrawal_id)
            if withdrawal is None:
                raise NoSuchWithdrawal(withdrawal_id)
            if self._is_of(caller, withdrawal.taken.target):
                raise Forbidden("nobody gives their own access back: ask another operator")
            connection.execute(delete(TABLE).where(TABLE.c.id == withdrawal_id))
            said = _said(withdrawal)
            entry = AuditEntry.by(caller, "access.give_back", said, reason=reason)
            self._audit.append(connection, entry)
            return withdrawal

        given_back = await self._store.write(once(Withdrawal, work))
        await self.refresh()
        return given_back

    async def refresh(self) -> None:
        """Learn what holds now, by whichever process it was changed."""

        def read(connection: Connection) -> dict[str, Withdrawal]:
            rows = connection.execute(select(TABLE))
            return {row.id: msgspec.json.decode(row.record, type=Withdrawal) for row in rows}

        self._by_id = await self._store.read(read)
        self._taken = {_whose(each.taken.target): each.taken for each in self._by_id.values()}

    def _is_of(self, caller: Caller, target: Target) -> bool:
        """Whether a target names a caller, by whichever of its names."""
        return _whose(target) in _named(caller.issuer or self._ours, caller)

    def _check(self, target: Target, taken: Taken) -> None:
        if target.issuer not in self._issuers:
            known = ", ".join(sorted(self._issuers))
            raise WrongField("target", f"no token of {target.issuer} is taken; name one of {known}")
        unknown = sorted(set(taken.scopes) - ALL_SCOPES)
        if unknown:
            raise WrongField("scopes", f"{unknown[0]} is no scope; see /docs for those there are")

    async def _change(self, withdrawal: Withdrawal, entry: AuditEntry) -> Withdrawal:
        told = msgspec.structs.replace(entry, reason=withdrawal.taken.reason)

        def work(connection: Connection) -> Withdrawal:
            before = _find(connection, withdrawal.id)
            if before is not None and before.taken == withdrawal.taken:
                return before
            connection.execute(delete(TABLE).where(TABLE.c.id == withdrawal.id))
            record = msgspec.json.encode(withdrawal)
            connection.execute(insert(TABLE).values(id=withdrawal.id, record=record))
            self._audit.append(connection, told)
            return withdrawal

        changed = await self._store.write(once(Withdrawal, work))
        await self.refresh()
        return changed


def left_to(caller: Caller, taken: Iterable[Taken]) -> Caller | None:
    """Return a caller without what was taken; a role takes with it what it alone gives."""
    for each in taken:
        if not (each.scopes or each.roles or each.entities or each.units):
            return None
        roles = caller.roles.difference(each.roles)
        gone = scopes_of(_known(caller.roles - roles)) - scopes_of(_known(roles))
        caller = msgspec.structs.replace(
            caller,
            scopes=caller.scopes - gone.union(each.scopes),
            roles=roles,
            entities=caller.entities.difference(each.entities),
            units=_units_left(caller.units, each.units),
        )
    return caller


def _units_left(units: frozenset[str] | None, taken: list[str]) -> frozenset[str] | None:
    return (units or frozenset()).difference(taken) if taken else units


def _find(connection: Connection, withdrawal_id: str) -> Withdrawal | None:
    query = select(TABLE.c.record).where(TABLE.c.id == withdrawal_id)
    record = connection.execute(query).scalar_one_or_none()
    return msgspec.json.decode(record, type=Withdrawal) if record else None


def _known(roles: Iterable[str]) -> list[str]:
    return [role for role in roles if role in set(Role)]


def _named(issuer: str, caller: Caller) -> tuple[_Whose, ...]:
    """Return everything by which a caller's access may have been taken away."""
    return (
        (issuer, None, None),
        (issuer, caller.subject, None),
        (issuer, None, caller.client_id),
    )


def _whose(target: Target) -> _Whose:
    return (target.issuer, target.subject, target.client_id)


def _id_of(target: Target) -> str:
    return hashlib.sha256(msgspec.json.encode(target)).hexdigest()[:32]


def _said(withdrawal: Withdrawal) -> str:
    target, taken = withdrawal.taken.target, withdrawal.taken
    whose = target.subject or target.client_id or "everybody"
    what = ", ".join([*taken.scopes, *taken.roles, *taken.entities, *taken.units]) or "all access"
    return f"{what} of {whose} of {target.issuer}"
