"""Months of companies: closed they change no more, and only a person opens them again."""

from collections.abc import Callable
from datetime import datetime

import msgspec
from msgspec import Struct
from msgspec.structs import replace
from sqlalchemy import ColumnElement, Connection, delete, insert, select

from governance.access import Caller
from governance.audit import Audit, AuditEntry
from governance.once import once
from process_apis.listing import Listing, recorded
from process_apis.revenue.books.tables import accounting_periods
from process_apis.revenue.records import AccountingPeriod, PeriodStatus
from store.database import Store
from system_apis.canonical.revenue import Month

PERIODS = Listing(
    name="periods",
    order=(accounting_periods.c.month, accounting_periods.c.legal_entity),
    read=recorded(AccountingPeriod),
)


class Periods(Struct, frozen=True):
    """Strata's own record of which months are closed; the ERPs have their own fiscal periods."""

    store: Store
    audit: Audit
    clock: Callable[[], datetime]

    async def get(self, legal_entity: str, month: Month) -> AccountingPeriod:
        """Return a company's month, which is open unless it was closed."""
        return await self.store.read(lambda connection: _period(connection, legal_entity, month))

    async def close(
        self, legal_entity: str, month: Month, *, reason: str | None, by: Caller
    ) -> AccountingPeriod:
        """Close a month; one that is closed stays as it is."""
        return await self._turn(legal_entity, month, PeriodStatus.CLOSED, reason=reason, by=by)

    async def reopen(
        self, legal_entity: str, month: Month, *, reason: str, by: Caller
    ) -> AccountingPeriod:
        """Open a closed month again; one that is open stays as it is."""
        return await self._turn(legal_entity, month, PeriodStatus.OPEN, reason=reason, by=by)

    async def _turn(
        self,
        legal_entity: str,
        month: Month,
        status: PeriodStatus,
        *,
        reason: str | None,
        by: Caller,
    ) -> AccountingPeriod:
        def work(connection: Connection) -> AccountingPeriod:
            known = _period(connection, legal_entity, month)
            if known.status is status:
                return known
            turned = replace(
                known,
                status=status,
                version=known.version + 1,
                changed_by=by.subject,
                changed_at=self.clock(),
                reason=reason,
            )
            _write(connection, turned)
            word = "closed" if status is PeriodStatus.CLOSED else "reopened"
            subject = f"{legal_entity}:{month}"
            told = AuditEntry.by(
                by, f"period.{word}", subject, legal_entity=legal_entity, reason=reason
            )
            self.audit.append(connection, told)
            return turned

        return await self.store.write(once(AccountingPeriod, work))


def is_closed(connection: Connection, legal_entity: str, month: Month) -> bool:
    """Whether nothing of a company's month may change any more."""
    return _period(connection, legal_entity, month).status is PeriodStatus.CLOSED


def _period(connection: Connection, legal_entity: str, month: Month) -> AccountingPeriod:
    query = select(accounting_periods.c.record).where(*_this(legal_entity, month))
    row = connection.execute(query).first()
    if row is None:
        return AccountingPeriod(legal_entity=legal_entity, month=month)
    return msgspec.json.decode(row.record, type=AccountingPeriod)


def _write(connection: Connection, period: AccountingPeriod) -> None:
    connection.execute(delete(accounting_periods).where(*_this(period.legal_entity, period.month)))
    values = {
        "legal_entity": period.legal_entity,
        "month": period.month,
        "status": period.status,
        "record": msgspec.json.encode(period),
    }
    connection.execute(insert(accounting_periods).values(**values))


def _this(legal_entity: str, month: Month) -> tuple[ColumnElement[bool], ...]:
    table = accounting_periods
    return (table.c.legal_entity == legal_entity, table.c.month == month)
