"""Who hears of what, in which words, and when. Pure decisions."""

import hashlib
from collections.abc import Collection, Sequence
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from process_apis.approvals.requests import Approval
from process_apis.exceptions.words import told
from process_apis.notices.records import (
    Bundle,
    Member,
    Notice,
    Occasion,
    Pace,
    PreferenceDraft,
    Preferences,
    Stop,
    ToldLine,
)
from process_apis.notices.terms import NoticeKind, NoticeTerms

# Drafts of these go to a client, once a person says so.
TO_CLIENTS = frozenset({"client_notice", "invoice_mail", "reminder"})
# What a subject's names and amounts are read with; of one that is not here neither is told.
_CASH, _BOUGHT = "process:project-to-cash:read", "process:procure-to-pay:read"
_CLIENTS, _WORK = "process:client-matching:read", "process:time-and-expense:read"
_READS = {
    **dict.fromkeys(
        ("billing_event", "credit_note", "invoice", "invoice_mail", "reminder", "write_off"), _CASH
    ),
    **dict.fromkeys(("order_request", "service_receipt", "vendor_bill"), _BOUGHT),
    **dict.fromkeys(("client", "client_merge", "client_pair"), _CLIENTS),
    **dict.fromkeys(("expense_line", "time_entry"), _WORK),
    **dict.fromkeys(("change", "client_notice"), "process:change-requests:read"),
    "engagement": "process:opportunity-to-project:read",
}
# What stopped here is not told by what stopped.
OURS = "notices"
_URGENT = frozenset({NoticeKind.APPROVAL_ESCALATED, NoticeKind.APPROVAL_OVERDUE})
_DAYS_AHEAD = 30
_LONGEST_TITLE = 200


def asked(approval: Approval, *, level: int) -> Occasion:
    """Return the occasion of a question, which is another one when it goes on to others."""
    kind = NoticeKind.APPROVAL_ASKED
    if approval.subject_type in TO_CLIENTS:
        kind = NoticeKind.DRAFT_TO_CLIENT
    if level:
        kind = NoticeKind.APPROVAL_ESCALATED
    return _of_approval(approval, kind, str(level or ""))


def overdue(approval: Approval, *, level: int) -> Occasion:
    """Return the occasion of a question that waits beyond its time."""
    return _of_approval(approval, NoticeKind.APPROVAL_OVERDUE, str(level or ""))


def _of_approval(approval: Approval, kind: NoticeKind, stage: str) -> Occasion:
    return Occasion(
        kind=kind,
        subject=approval.id,
        stage=stage,
        legal_entity=approval.legal_entity,
        title=approval.title,
        amount=approval.amount,
        due_at=approval.due_at,
        link="approval",
        reads=_READS.get(approval.subject_type),
    )


def stopped(case: Stop) -> Occasion | None:
    """Return the occasion of a stop; its reason is a system's own words and is not told."""
    if case.process.startswith(OURS):
        return None
    return Occasion(
        kind=NoticeKind.EXCEPTION_OPENED,
        subject=case.id,
        legal_entity=case.legal_entity,
        title=told(case.code, case.process, case.step_name, case.work),
        due_at=case.due_at,
        link="exception",
        reads="process:exceptions:read",
    )


def may_decide(member: Member, approval: Approval, beneficiary: str | None) -> bool:
    """Whether somebody is asked, may say it, and neither asked for it nor gains by it."""
    return (
        approval.legal_entity in member.entities
        and "process:approvals:decide" in member.scopes
        and member.id not in {approval.requested_by, beneficiary}
        and approval.asks(member.id, member.roles) is not None
    )


def may_resolve(member: Member, case: Stop) -> bool:
    """Whether a stop is somebody's to put right; nobody resolves what runs on their behalf."""
    ours = case.legal_entity is None or case.legal_entity in member.entities
    return (
        ours
        and case.owner_role in member.roles
        and "process:exceptions:resolve" in member.scopes
        and member.id != case.on_behalf_of
    )


def preferred(
    member: Member, draft: PreferenceDraft, terms: NoticeTerms, channels: Sequence[str]
) -> Preferences:
    """Return how somebody hears of things; the first channel that reaches them unless they say."""
    wished = draft.channel if draft.channel in channels else None
    return Preferences(
        person=member.id,
        channel=wished or next(iter(channels), None),
        pace=draft.pace,
        quiet_from=terms.quiet_from if draft.quiet_from is None else draft.quiet_from,
        quiet_until=terms.quiet_until if draft.quiet_until is None else draft.quiet_until,
        timezone=draft.timezone or member.timezone,
        free_days_too=draft.free_days_too,
    )


def due_at(
    occasion: Occasion, wish: Preferences, terms: NoticeTerms, free: Collection[date], now: datetime
) -> datetime:
    """Return when somebody hears of an occasion: what is urgent does not wait for the digest."""
    zone = ZoneInfo(wish.timezone)
    today = now.astimezone(zone).date()
    days = [today + timedelta(days=count) for count in range(_DAYS_AHEAD)]
    days = [day for day in days if wish.free_days_too or _is_working(day, free)]
    if wish.pace is Pace.DAILY and occasion.kind not in _URGENT:
        digests = [_moment(day, terms.digest_at, zone) for day in days]
        return next((each for each in digests if each >= now), now)
    for day in days:
        for opens, closes in _open_hours(day, wish, zone):
            if now < closes:
                return max(now, opens)
    return now


def _open_hours(day: date, wish: Preferences, zone: ZoneInfo) -> list[tuple[datetime, datetime]]:
    """Return when somebody may be disturbed on a day."""
    begins, ends = _moment(day, time(), zone), _moment(day + timedelta(days=1), time(), zone)
    quiet, again = (_moment(day, each, zone) for each in (wish.quiet_from, wish.quiet_until))
    if wish.quiet_from == wish.quiet_until:
        return [(begins, ends)]
    return [(begins, quiet), (again, ends)] if quiet < again else [(again, quiet)]


def _moment(day: date, clock: time, zone: ZoneInfo) -> datetime:
    """Return the moment, in UTC, at which a clock on the wall shows a time."""
    return datetime.combine(day, clock, zone).astimezone(UTC)


def _is_working(day: date, free: Collection[date]) -> bool:
    return day.weekday() < 5 and day not in free


def is_overdue(due: datetime, member: Member, terms: NoticeTerms, now: datetime) -> bool:
    """Whether a question waits beyond its time for more business hours than the firm allows."""
    waited, moment = timedelta(), due
    allowed = timedelta(hours=terms.overdue_after_hours)
    zone = ZoneInfo(member.timezone)
    for _ in range(_DAYS_AHEAD):
        day = moment.astimezone(zone).date()
        if _is_working(day, member.holidays):
            opens, closes = (
                _moment(day, terms.quiet_until, zone),
                _moment(day, terms.quiet_from, zone),
            )
            waited += max(min(closes, now) - max(opens, moment), timedelta())
        moment = _moment(day + timedelta(days=1), time(), zone)
        if waited >= allowed or moment >= now:
            break
    return waited >= allowed and now > due


def may_read(member: Member, occasion: Occasion) -> bool:
    """Whether somebody may be told the names and amounts of an occasion."""
    return occasion.reads in member.scopes


def words(occasion: Occasion, terms: NoticeTerms, *, private: bool, timezone: str) -> str:
    """Return what is said of an occasion: neither names nor amounts unless it is private.

    An amount that the title says is not said again.
    """
    template = terms.template(occasion.kind)
    due = occasion.due_at.astimezone(ZoneInfo(timezone))
    said = {
        "company": occasion.legal_entity or "the firm",
        "due": f"{due:%Y-%m-%d %H:%M}",
    }
    if not private:
        return template.brief.format(**said)
    title = occasion.title[:_LONGEST_TITLE]
    is_in_title = "{title}" in template.full and f" {occasion.amount}" in title
    amount = f", {occasion.amount}" if occasion.amount and not is_in_title else ""
    return template.full.format(**said, title=title, amount=amount)


def bundle(due: Sequence[Notice], terms: NoticeTerms, now: datetime) -> Bundle:
    """Return one message of all that is due for one person by one channel."""
    first = due[0]
    shown = [ToldLine(each.text, each.link) for each in due[: terms.most_lines]]
    more = len(due) - len(shown)
    if more:
        shown.append(ToldLine(f"And {more} more: your worklist has them all."))
    count = len(due)
    return Bundle(
        id=_bundle_id(due),
        person=first.person,
        channel=first.channel,
        subject="Strata: one thing waits for you" if count == 1 else f"Strata: {count} things wait",
        lines=tuple(shown),
        notices=count,
        made_at=now,
    )


def _bundle_id(due: Sequence[Notice]) -> str:
    said = "|".join(sorted(each.id for each in due))
    return f"bnd_{hashlib.sha256(said.encode()).hexdigest()[:24]}"
