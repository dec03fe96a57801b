"""Records that changed are read from their systems and judged, each version once.

Some become wrong though nobody touches them, or right by another record: those are judged
again on each day. What nobody tells is not judged; `coverage.py` says which rules are.
"""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime

from msgspec import Struct
from msgspec.structs import replace

from governance.access import Caller, acting_as
from governance.editions import Editions
from governance.lanes import Lane, in_lane
from governance.quality.findings import QualityFindings
from governance.quality.rules import Judgement, Kind, Verdict
from governance.quality.watch import QualityWatch, Watched
from process_apis.client_matching.register import MatchRegister
from process_apis.electronic_invoices import ElectronicInvoicing
from process_apis.opportunity_to_project.rules import SetupTerms
from process_apis.quality.agreements import Agreements
from process_apis.quality.arrivals import Arrivals, by_record, judgement, late, only
from process_apis.quality.bought import Purchases
from process_apis.quality.called import called
from process_apis.quality.costs import Costs
from process_apis.quality.delivery import Delivery
from process_apis.quality.money import Ledgers
from process_apis.quality.parties import Parties
from process_apis.quality.people import Workforce
from process_apis.quality.seen import Looked, Looks, Seen
from process_apis.quality.stakes import Stakes
from process_apis.quality.terms import QualityTerms
from system_apis.canonical.party import LegalEntity
from system_apis.canonical.record import Change
from system_apis.errors import NotFound, Refused, SystemFailure, Unreadable
from system_apis.systems import SystemKind, Systems

MOST_AT_ONCE = 10  # so that a round of ours is over long before anybody misses its heartbeat
SIDE_BY_SIDE = 4  # of a page of changes, so that a slow system does not hold up its feed
_NAME = "process:quality"
# Bank accounts and costs are judged too; no finding tells one.
READS = frozenset(
    {f"system:{each}:read" for each in SystemKind}
    | {"system:procurement:read_bank", "system:hr:read_cost", "system:psa:read_cost"}
)


class Known(Struct, frozen=True):
    """What of our own the records are held against."""

    stakes: Stakes
    register: MatchRegister
    terms: SetupTerms
    law: ElectronicInvoicing
    entities: Mapping[str, LegalEntity]
    quality: Editions[QualityTerms] = Editions(QualityTerms())


class QualityLooks:
    """Judges what change feeds tell of, and once a day what may be otherwise by then."""

    def __init__(
        self,
        systems: Systems,
        findings: QualityFindings,
        watch: QualityWatch,
        known: Known,
        clock: Callable[[], datetime],
    ) -> None:
        self._systems, self._findings, self._watch = systems, findings, watch
        self._known, self._clock = known, clock
        self._arrivals = Arrivals(findings, clock)
        self._late: dict[str, bool] = {}
        self._begun: date | None = None
        self._reader = Caller(
            subject=_NAME, client_id=_NAME, scopes=READS, entities=known.stakes.companies
        )

    async def changed(self, instance: str, changes: Sequence[Change]) -> None:
        """Judge the newest version of every record that changed, unless it was judged before."""
        looks = looks_at(self._systems, self._known, self._clock)
        some = asyncio.Semaphore(SIDE_BY_SIDE)

        async def judge(looked: Looked, record_id: str, told: Sequence[Change]) -> None:
            async with some:
                judged = await self._findings.version_judged(looked.kind, record_id, instance)
                self._arrivals.order(instance, told, judged)
                newest = max(told, key=lambda each: each.version)
                if judged < newest.version:
                    await self._look(looked, instance, newest, told=True)

        with acting_as(self._reader):
            ends = await asyncio.gather(
                *(
                    judge(looks[record_type], record_id, told)
                    for (record_type, record_id), told in by_record(changes).items()
                    if record_type in looks
                ),
                return_exceptions=True,
            )
        for failure in ends:
            if failure is not None:
                raise failure

    async def of_the_day(self) -> int:
        """Judge some of the watched records again, and return how many; once a day each.

        A system that is away is asked again later; what it has stays to be judged.
        """
        today, done, away = self._clock().date(), 0, set[str]()
        every = looks_at(self._systems, self._known, self._clock)
        looks = {each.kind: each for each in every.values()}
        with acting_as(self._reader), in_lane(Lane.DASHBOARDS):
            await self._begin(today)
            while due := await self._watch.due(
                today, looks, most=MOST_AT_ONCE - done, without=away
            ):
                for each in due:
                    try:
                        await self._look(looks[each.kind], each.system, self._again(each))
                        done += 1
                    except SystemFailure:
                        away.add(each.system)
                        break
        return done

    async def read_up(self, instance: str, read_up_at: datetime, now: datetime) -> None:
        """Judge how late a feed is read, and write it down when that is another than before."""
        terms = self._known.quality.on(now.date()).terms
        said = late(read_up_at, now, terms.fresh_within)
        if self._late.get(instance) is not _is_wrong(said):
            with acting_as(self._reader):
                await self._arrivals.feed(instance, said)
            self._late[instance] = _is_wrong(said)

    async def end_waivers(self) -> None:
        """Open every finding again whose waiver has ended."""
        with acting_as(self._reader):
            await self._findings.lapse()

    async def _begin(self, today: date) -> None:
        """Watch the clients that a steward is asked about since they were judged."""
        if self._begun == today:
            return
        pairs = await self._known.register.undecided()
        places = {(each.left_system, each.left_id) for each in pairs}
        places |= {(each.right_system, each.right_id) for each in pairs}
        await self._watch.begin(Kind.CLIENT, sorted(places))
        self._begun = today

    def _again(self, watched: Watched) -> Change:
        """Return a record's last change, as if it were told again."""
        now = self._clock()
        return Change(0, watched.kind, watched.subject, watched.version, now)

    async def _look(
        self, looked: Looked, instance: str, change: Change, *, told: bool = False
    ) -> None:
        """Judge one record; one that is gone or cannot be read is a finding itself."""
        failure: SystemFailure | None = None
        unsaid = judgement(looked.kind, instance, change)
        try:
            seen = await looked.look(instance, change.id)
            said = [await _said(unsaid, each) for each in seen]
        except (NotFound, Unreadable, Refused) as error:
            failure, said = error, [replace(unsaid, watched=True)]
        arrived = self._arrivals.read(instance, change, failure, told=told)
        named = [replace(each, called=said[0].called) for each in arrived]
        await self._findings.judged(*said, *named)


async def _said(unsaid: Judgement, seen: Seen) -> Judgement:
    """Return what the rules say of what was seen, and what hangs on it if something is wrong."""
    found = only(seen.decided, seen.facts)
    wrong = _is_wrong(found)
    said = replace(
        unsaid,
        called=called(seen.facts) or unsaid.called,
        legal_entity=seen.legal_entity,
        business_unit=seen.business_unit,
        at_risk=await seen.at_risk() if wrong else None,
        watched=seen.changes_with_days or wrong,
        verdicts=found,
    )
    if seen.of is None:
        return said
    kind = seen.of_kind or said.kind
    return replace(said, kind=kind, subject=seen.of, version=0, watched=False)


def _is_wrong(found: Sequence[Verdict]) -> bool:
    return any(each.detail is not None for each in found)


def looks_at(systems: Systems, known: Known, clock: Callable[[], datetime]) -> Looks:
    """Return the look at every record type that is judged, for one batch of them."""
    stakes, costs = known.stakes, Costs()
    parties = Parties(systems, known.register, stakes, known.law, known.entities, clock)
    ledgers, purchases = Ledgers(systems, stakes.billing, clock), Purchases(systems, clock)
    return {
        "client": Looked(Kind.CLIENT, parties.client),
        "contract": Looked(Kind.CONTRACT, Agreements(systems, stakes, known.terms, clock).contract),
        "project": Looked(Kind.PROJECT, Delivery(systems, stakes, costs, clock).project),
        "employee": Looked(Kind.PERSON, Workforce(systems, costs, clock).person),
        "invoice": Looked(Kind.INVOICE, ledgers.invoice),
        "payment": Looked(Kind.RECEIVABLE, ledgers.payment),
        "vendor": Looked(Kind.VENDOR, purchases.vendor),
        "bill": Looked(Kind.VENDOR_BILL, purchases.bill),
        "receipt": Looked(Kind.SERVICE_RECEIPT, purchases.receipt),
    }
