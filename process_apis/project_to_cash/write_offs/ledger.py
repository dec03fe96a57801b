"""The ledger of write-offs: each allocates what it gives up, so that nothing else bills it.

What is over the cap of a billing event is given up with it. A cap counts nothing of it: as with
what is cancelled, its room is there for other work. Hours that are recorded later stand on no
document; as after an invoice, nothing bills them by itself.
"""

from collections.abc import Iterable, Sequence
from datetime import date

import msgspec
from msgspec.structs import replace
from sqlalchemy import Connection, insert, select, update

from governance.access import Caller, current_caller
from governance.audit import Audit, AuditEntry
from governance.once import done_before, once
from process_apis.errors import Conflict, NoSuchRecord
from process_apis.project_to_cash.ledger.allocations import LEDGER, allocate, take_back
from process_apis.project_to_cash.ledger.rows import find_event, write_event
from process_apis.project_to_cash.ledger.tables import write_offs
from process_apis.project_to_cash.records import BilledLine, BillingEvent, EventStatus
from process_apis.project_to_cash.write_offs.records import STANDING, WriteOff, WriteOffStage
from store.database import Store
from system_apis.errors import Refused, TryAgain

table = write_offs


class WriteOffLedger:
    """Strata's own record of what is written off, and of what is put back."""

    def __init__(self, store: Store, audit: Audit) -> None:
        self._store, self._audit = store, audit

    async def asked_before(self) -> WriteOff | None:
        """Return what the running command asked for, if it is sent again and asked for it."""
        return await self._store.read(done_before(WriteOff))

    async def find(self, write_off_id: str) -> WriteOff | None:
        """Return one write-off, if somebody ever asked for it."""
        return await self._store.read(lambda connection: _find(connection, write_off_id))

    async def get(self, write_off_id: str) -> WriteOff:
        """Return one write-off, or raise `NoSuchRecord`."""
        found = await self.find(write_off_id)
        if found is None:
            raise NoSuchRecord(f"there is no write-off {write_off_id}")
        return found

    async def listed(
        self,
        *,
        contract_number: str | None = None,
        event_id: str | None = None,
        stages: Iterable[WriteOffStage] = STANDING,
    ) -> list[WriteOff]:
        """Return the write-offs of a contract or a billing event, the earliest asked for first."""
        query = select(table.c.record).where(table.c.stage.in_(list(stages)))
        if contract_number is not None:
            query = query.where(table.c.contract_number == contract_number)
        if event_id is not None:
            query = query.where(table.c.billing_event_id == event_id)
        query = query.order_by(table.c.number, table.c.id)
        return await self._store.read(
            lambda connection: [
                msgspec.json.decode(row.record, type=WriteOff) for row in connection.execute(query)
            ]
        )

    async def ask(self, wanted: WriteOff, number: int) -> WriteOff:
        """Write down that somebody wants to write an event off; the same wish is one.

        `number` says how many of its write-offs were put back.

        A wish on another ground takes the place of one that nobody decided. Raises `Conflict`
        for a second wish on the same ground.
        """
        by = current_caller()

        def work(connection: Connection) -> WriteOff:
            known = _find(connection, wanted.id)
            if known is None:
                asked = wanted
                connection.execute(insert(table).values(**_row(asked, number)))
            elif _is_same(known, wanted):
                return known
            else:
                _check_is_open(known, wanted)
                asked = replace(wanted, version=known.version + 1)
                _write(connection, asked)
            self._tell(connection, by, "asked", asked, asked.reason)
            return asked

        return await self._store.write(once(WriteOff, work))

    async def write_off(
        self, wanted: WriteOff, billed: Sequence[BilledLine], *, seen: BillingEvent, on: date
    ) -> WriteOff:
        """Give up all that an event bills, and allocate it to nobody; told twice, once.

        Raises `TryAgain` when the event changed since it was `seen`, and `Refused` with code
        `WRITE_OFF_MOVED` when the wish is another one by now.
        """
        by = current_caller()

        def work(connection: Connection) -> WriteOff:
            known = _find(connection, wanted.id)
            if known is not None and known.stands and known.version == wanted.version:
                return known
            if known != wanted or known.stage is not WriteOffStage.ASKED:
                raise moved(f"{wanted.billing_event_id} was asked for anew: decide that one")
            if find_event(connection, wanted.billing_event_id) != seen:
                raise TryAgain(LEDGER, f"{seen.id} was looked at by a check meanwhile")
            for number, line in enumerate(billed):
                for source in line.sources:
                    allocate(connection, wanted, number, source)
            gross = wanted.draft.gross
            gone = replace(seen, status=EventStatus.WRITTEN_OFF, blockers=(), amount_expected=gross)
            write_event(connection, gone)
            done = replace(wanted, stage=WriteOffStage.WRITTEN_OFF, written_off_on=on)
            _write(connection, done)
            self._told(connection, by, gone, f"{gross}: {wanted.reason}")
            self._tell(connection, by, "written_off", done, f"{gross}: {wanted.reason}")
            return done

        return await self._store.write(work)

    async def turn(self, seen: WriteOff, becomes: WriteOff, *, reason: str) -> WriteOff:
        """Write down what became of a write-off that was `seen`; done twice, it is done once.

        Raises `TryAgain` when somebody else wrote meanwhile.
        """
        by = current_caller()

        def work(connection: Connection) -> WriteOff:
            known = _find(connection, seen.id)
            if known == becomes:
                return becomes
            if known != seen:
                raise TryAgain(LEDGER, f"{seen.id} was decided about meanwhile")
            _write(connection, becomes)
            self._tell(connection, by, str(becomes.stage), becomes, reason)
            return becomes

        return await self._store.write(once(WriteOff, work))

    async def put_back(self, wanted: WriteOff, *, on: date) -> WriteOff:
        """Take back what a write-off allocated: its event is to be billed again; told twice, once.

        Raises `Refused` with code `WRITE_OFF_MOVED` when nobody asks for that any more.
        """
        by = current_caller()

        def work(connection: Connection) -> WriteOff:
            known = _find(connection, wanted.id)
            if known is not None and known.stage is WriteOffStage.REVERSED:
                return known
            event = find_event(connection, wanted.billing_event_id)
            if known != wanted or event is None or event.status is not EventStatus.WRITTEN_OFF:
                raise moved(f"{wanted.id} is not to be put back by now: look again")
            take_back(connection, wanted.id)
            again = replace(event, status=EventStatus.RETURNED, version=event.version + 1)
            write_event(connection, again)
            done = replace(wanted, stage=WriteOffStage.REVERSED, reversed_on=on)
            _write(connection, done)
            self._told(connection, by, again, f"put back: {wanted.reversal_reason}")
            self._tell(connection, by, "reversed", done, wanted.reversal_reason)
            return done

        return await self._store.write(work)

    def _tell(
        self, connection: Connection, by: Caller, what: str, of: WriteOff, reason: str | None
    ) -> None:
        entity = of.draft.legal_entity
        entry = AuditEntry.by(by, f"write_off.{what}", of.id, legal_entity=entity, reason=reason)
        self._audit.append(connection, entry)

    def _told(self, connection: Connection, by: Caller, event: BillingEvent, reason: str) -> None:
        entry = AuditEntry.by(
            by,
            f"billing_event.{event.status}",
            event.id,
            legal_entity=event.legal_entity,
            reason=reason,
        )
        self._audit.append(connection, entry)


def moved(reason: str) -> Refused:
    """Return the refusal of what was agreed to and is not so any more."""
    return Refused(LEDGER, reason, code="WRITE_OFF_MOVED")


def _is_same(known: WriteOff, wanted: WriteOff) -> bool:
    """Whether it is the wish that waits for an answer, asked for again."""
    waits = known.stage is WriteOffStage.ASKED
    return waits and (known.ground, known.reason, known.requested_by) == (
        wanted.ground,
        wanted.reason,
        wanted.requested_by,
    )


def _check_is_open(known: WriteOff, wanted: WriteOff) -> None:
    """Refuse a wish while another one on the same ground waits, or was followed."""
    of = known.billing_event_id
    if known.stands:
        raise Conflict(f"{of} is written off already, as {known.id}")
    if known.stage is WriteOffStage.ASKED and known.ground == wanted.ground:
        raise Conflict(f"{known.requested_by} asks to write {of} off already: await the answer")


def _find(connection: Connection, write_off_id: str) -> WriteOff | None:
    row = connection.execute(select(table.c.record).where(table.c.id == write_off_id)).first()
    return msgspec.json.decode(row.record, type=WriteOff) if row else None


def _write(connection: Connection, written: WriteOff) -> None:
    values = {"stage": written.stage, "record": msgspec.json.encode(written)}
    connection.execute(update(table).where(table.c.id == written.id).values(**values))


def _row(written: WriteOff, number: int) -> dict[str, object]:
    return {
        "id": written.id,
        "billing_event_id": written.billing_event_id,
        "number": number,
        "contract_number": written.contract_number,
        "legal_entity": written.draft.legal_entity,
        "stage": written.stage,
        "record": msgspec.json.encode(written),
    }
