"""Who hears of what, when, and in which words."""

from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal

import msgspec
import pytest
from msgspec.structs import replace

from governance.roles import scopes_of
from process_apis.approvals.requests import Approval, ApprovalStatus
from process_apis.notices import rules
from process_apis.notices.records import (
    Member,
    Notice,
    Pace,
    PreferenceDraft,
    Preferences,
    Stop,
)
from process_apis.notices.terms import NoticeKind, NoticeTerms, Template
from system_apis.canonical.money import Money

TERMS = NoticeTerms()
NOW = datetime(2026, 11, 25, 10, tzinfo=UTC)  # a Wednesday
FINANCE = Member(
    id="U-FI1",
    roles=frozenset({"finance"}),
    scopes=scopes_of(["finance"]),
    entities=frozenset({"NWA-DE"}),
    units=None,
    timezone="Europe/Berlin",
    holidays=frozenset({date(2026, 12, 25)}),
)
WISH = rules.preferred(FINANCE, PreferenceDraft(), TERMS, ["mail", "slack"])
APPROVAL = Approval(
    id="apr_1",
    question="invoice",
    subject_type="invoice",
    subject_id="INV-1",
    subject_version=1,
    process="project-to-cash",
    legal_entity="NWA-DE",
    title="invoice of P-2001",
    role="finance",
    assignee=None,
    amount=Money(Decimal(1200), "EUR"),
    requested_by="U-PM2",
    requested_at=NOW,
    due_at=NOW + timedelta(days=1),
    status=ApprovalStatus.PENDING,
    decided_by=None,
    decided_at=None,
    comment=None,
)
STOP = Stop(
    id="exc_1",
    process="project-to-cash.post",
    step_name="post",
    code="PERIOD_CLOSED",
    owner_role="finance",
    legal_entity="NWA-DE",
    on_behalf_of="U-PM2",
    due_at=NOW,
)


def test_only_who_may_decide_hears_of_a_question() -> None:
    """Neither another company's people, nor who asked for it, nor who gains by it."""
    other = replace(FINANCE, entities=frozenset({"HAL-UK"}))
    manager = replace(FINANCE, roles=frozenset({"project_manager"}))

    assert rules.may_decide(FINANCE, APPROVAL, None)
    assert not rules.may_decide(other, APPROVAL, None)
    assert not rules.may_decide(manager, APPROVAL, None)
    assert not rules.may_decide(FINANCE, APPROVAL, "U-FI1")
    assert not rules.may_decide(FINANCE, replace(APPROVAL, requested_by="U-FI1"), None)
    assert not rules.may_decide(FINANCE, replace(APPROVAL, assignee="U-FI2"), None)
    assert not rules.may_decide(replace(FINANCE, scopes=frozenset()), APPROVAL, None)


def test_only_who_owns_a_stop_hears_of_it() -> None:
    """And nobody of what runs on their own behalf."""
    assert rules.may_resolve(FINANCE, STOP)
    assert not rules.may_resolve(FINANCE, replace(STOP, owner_role="steward"))
    assert not rules.may_resolve(FINANCE, replace(STOP, legal_entity="HAL-UK"))
    assert not rules.may_resolve(FINANCE, replace(STOP, on_behalf_of="U-FI1"))


def test_a_message_that_stopped_is_not_told_by_messages() -> None:
    """Or one channel that is away would fill it for ever."""
    assert rules.stopped(replace(STOP, process="notices.tell")) is None


@pytest.mark.parametrize("draft", ["client_notice", "invoice_mail", "reminder"])
def test_a_letter_to_a_client_and_a_question_that_went_on_are_other_occasions(draft: str) -> None:
    """Each is told once, and the same question is not told twice."""
    letter = replace(APPROVAL, subject_type=draft)
    first, again, on, to_client = (
        rules.asked(each, level=level)
        for each, level in ((APPROVAL, 0), (APPROVAL, 0), (APPROVAL, 1), (letter, 0))
    )

    assert first.id == again.id
    assert on.kind is NoticeKind.APPROVAL_ESCALATED
    assert to_client.kind is NoticeKind.DRAFT_TO_CLIENT
    assert len({first.id, on.id, to_client.id}) == 3


def test_what_is_given_up_is_told_of_to_those_who_may_read_billing() -> None:
    """To nobody else by name and amount."""
    of_billing = replace(APPROVAL, subject_type="write_off")

    assert rules.asked(of_billing, level=0).reads == "process:project-to-cash:read"


def test_amounts_and_names_are_told_in_private_only() -> None:
    """A room may hold people who may not see them."""
    occasion = rules.asked(APPROVAL, level=0)
    mail = rules.words(occasion, TERMS, private=True, timezone="Europe/Berlin")
    room = rules.words(occasion, TERMS, private=False, timezone="Europe/Berlin")

    assert "invoice of P-2001" in mail
    assert "1,200" in mail
    assert "2026-11-26 11:00" in mail
    assert "P-2001" not in room
    assert "1,200" not in room


def test_an_amount_that_the_title_says_is_told_once() -> None:
    """Not behind it once more; the end of another amount is no repetition."""
    one = replace(APPROVAL, title="invoice of 1,200 EUR for 2026-10")
    other = replace(APPROVAL, title="invoice of 41,200 EUR for 2026-10")
    told = [
        rules.words(rules.asked(each, level=0), TERMS, private=True, timezone="Europe/Berlin")
        for each in (one, other)
    ]

    assert [each.count("1,200 EUR") for each in told] == [1, 2]


def test_who_may_not_read_a_subject_is_told_neither_its_name_nor_its_amount() -> None:
    """And of a subject that nobody thought of nobody is told them."""
    occasion = rules.asked(APPROVAL, level=0)
    narrow = replace(FINANCE, scopes=frozenset({"process:approvals:decide"}))
    unknown = rules.asked(replace(APPROVAL, subject_type="pay_run"), level=0)

    assert rules.may_read(FINANCE, occasion)
    assert not rules.may_read(narrow, occasion)
    assert not rules.may_read(FINANCE, unknown)


@pytest.mark.parametrize(
    ("moment", "heard"),
    [
        ("2026-11-25T10:00+01:00", "2026-11-25T10:00+01:00"),
        ("2026-11-25T22:00+01:00", "2026-11-26T07:30+01:00"),
        ("2026-11-25T05:00+01:00", "2026-11-25T07:30+01:00"),
        ("2026-11-25T19:00+01:00", "2026-11-26T07:30+01:00"),
        ("2026-11-27T19:30+01:00", "2026-11-30T07:30+01:00"),
        ("2026-12-25T10:00+01:00", "2026-12-28T07:30+01:00"),
        ("2026-03-27T22:00+01:00", "2026-03-30T07:30+02:00"),
    ],
)
def test_nobody_is_disturbed_at_night_on_weekends_or_on_holidays(moment: str, heard: str) -> None:
    """By the calendar and the clock of where they are."""
    occasion = rules.asked(APPROVAL, level=0)
    now = datetime.fromisoformat(moment)

    assert rules.due_at(occasion, WISH, TERMS, FINANCE.holidays, now) == datetime.fromisoformat(
        heard
    )


def test_a_digest_comes_once_a_day_and_what_is_urgent_does_not_wait_for_it() -> None:
    """In the morning of the next working day."""
    wish = replace(WISH, pace=Pace.DAILY)
    usual = rules.asked(APPROVAL, level=0)
    urgent = rules.asked(APPROVAL, level=1)

    assert rules.due_at(usual, wish, TERMS, (), NOW) == datetime(2026, 11, 26, 7, tzinfo=UTC)
    assert rules.due_at(urgent, wish, TERMS, (), NOW) == NOW


def test_who_says_so_is_disturbed_at_any_time() -> None:
    """Equal times are none, and free days can be told to count."""
    draft = PreferenceDraft(quiet_from=time(), quiet_until=time(), free_days_too=True)
    wish = rules.preferred(FINANCE, draft, TERMS, ["mail"])
    sunday = datetime(2026, 11, 29, 2, tzinfo=UTC)

    assert rules.due_at(rules.asked(APPROVAL, level=0), wish, TERMS, (), sunday) == sunday


def test_a_quiet_noon_ends_after_noon() -> None:
    """Quiet hours may lie within a day."""
    draft = PreferenceDraft(quiet_from=time(12), quiet_until=time(13))
    wish = rules.preferred(FINANCE, draft, TERMS, ["mail"])
    noon = datetime.fromisoformat("2026-11-25T12:15+01:00")
    occasion = rules.asked(APPROVAL, level=0)

    assert rules.due_at(occasion, wish, TERMS, (), noon) == noon + timedelta(minutes=45)


def test_a_channel_that_does_not_reach_somebody_is_not_theirs() -> None:
    """The first that does is, and with none they hear nothing."""

    def chosen(channel: str | None, *reached: str) -> Preferences:
        return rules.preferred(FINANCE, PreferenceDraft(channel=channel), TERMS, reached)

    assert chosen(None, "mail", "slack").channel == "mail"
    assert chosen("slack", "mail", "slack").channel == "slack"
    assert chosen("teams", "mail", "slack").channel == "mail"
    assert chosen("mail").channel is None


@pytest.mark.parametrize(
    ("now", "late"),
    [
        ("2026-11-27T21:00+01:00", False),
        ("2026-11-29T21:00+01:00", False),
        ("2026-11-30T10:29+01:00", False),
        ("2026-11-30T10:30+01:00", True),
    ],
)
def test_a_question_is_late_by_business_hours(now: str, late: bool) -> None:
    """One that was due on Friday at six in the evening waits over the weekend."""
    due = datetime.fromisoformat("2026-11-27T18:00+01:00")

    assert rules.is_overdue(due, FINANCE, TERMS, datetime.fromisoformat(now)) is late


def test_a_thousand_things_are_one_message_of_twenty_lines() -> None:
    """It counts what it does not name."""
    storm = [
        Notice(
            occasion=f"exception_opened:exc_{count}:",
            subject=f"exc_{count}",
            person="U-FI1",
            channel="mail",
            text=f"case {count}",
            link="https://strata.example",
            due_at=NOW,
        )
        for count in range(1000)
    ]
    told = rules.bundle(storm, TERMS, NOW)

    assert told.notices == 1000
    assert len(told.lines) == 21
    assert told.lines[-1].text == "And 980 more: your worklist has them all."
    assert told.id == rules.bundle(list(reversed(storm)), TERMS, NOW).id


@pytest.mark.parametrize(
    "words", ["{title.__class__}", "{amount!r}", "{due:>9999}", "{secret}", "{0}", "{"]
)
def test_words_of_a_firm_name_only_what_is_told(words: str) -> None:
    """A placeholder reaches into nothing, and a room's knows no title."""
    with pytest.raises(ValueError):
        Template(words, "")


def test_words_for_a_room_name_neither_titles_nor_amounts() -> None:
    """Or a firm could tell a room what its people may not see."""
    with pytest.raises(ValueError, match="is no placeholder here"):
        Template("", "{title}")


def test_a_firm_has_its_own_words() -> None:
    """In the place of the usual ones."""
    own = Template("Bitte {title}", "Bitte")
    terms = NoticeTerms(words={NoticeKind.APPROVAL_ASKED: own})
    occasion = rules.asked(APPROVAL, level=0)

    assert rules.words(occasion, terms, private=True, timezone="UTC") == "Bitte invoice of P-2001"


def test_terms_are_what_a_firm_writes_down() -> None:
    """A word that reaches too far is refused as it is read."""
    told = b'{"quiet_from":"20:00:00","words":{"approval_asked":{"full":"%s","brief":"{due}"}}}'
    terms = msgspec.json.decode(told % b"{title}", type=NoticeTerms)

    assert (terms.quiet_from, terms.template(NoticeKind.APPROVAL_ASKED).full) == (
        time(20),
        "{title}",
    )
    with pytest.raises(msgspec.ValidationError, match="is no placeholder here"):
        msgspec.json.decode(told % b"{secret}", type=NoticeTerms)


@pytest.mark.parametrize(
    "wish",
    [
        {"timezone": "Mars/Olympus"},
        {"quiet_from": time(8)},
        {"quiet_from": time(8, tzinfo=UTC), "quiet_until": time(9)},
    ],
)
def test_a_wish_that_makes_no_sense_is_refused(wish: dict[str, object]) -> None:
    """It names what is wrong with it."""
    with pytest.raises(ValueError):
        PreferenceDraft(**wish)  # type: ignore[arg-type]  # each is of its own kind
