"""People hand in time and expenses; what is approved is in the PSA, and told to payroll, once."""

from collections.abc import AsyncIterator
from datetime import date
from decimal import Decimal

import msgspec
import pytest
import pytest_asyncio

from experience_apis.worklist.v1 import Worklist
from process_apis.time_and_expense.records import HandedIn, RowStatus
from process_apis.time_and_expense.v1 import HandedInList, PolicyFindingList, ToldHoursList
from process_apis.time_and_expense.week_records import WeekTaken
from tests.stories.engagement import Scene, scene
from tests.stories.people import until
from tests.stories.timesheets import (
    CAP_IS_NEAR,
    LUNCH,
    MONDAY,
    PAY_RUNS,
    WORK,
    become,
    codes,
    decide,
    hand_in,
    hand_in_week,
    killed_at_a_fault,
    row,
)

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.xdist_group("work")]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def stage(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Scene]:
    """The firm on the 14th of October, with one project that takes time."""
    async with scene(tmp_path_factory.mktemp("work")) as found:
        await found.engagement.set_up()
        await found.engagement.at("2026-10-14T20:00:00Z")
        yield found


async def test_hours_that_are_told_three_times_are_in_the_psa_once(stage: Scene) -> None:
    """Its approval is bound to its project manager, and decides it in the PSA too."""
    told = [await hand_in(stage, "T-1") for _ in range(3)]
    row = told[0].read(HandedIn)
    item = await stage.engagement.asked("U-PM1", "T-1,")
    elsewhere = await stage.people.call("U-PM2", "GET", told[0].headers["Location"])
    await decide(stage, "U-PM1", item, decision="approve")
    approved = await become(stage, row, RowStatus.APPROVED)
    books = await stage.operator.books()

    assert [each.status for each in told] == [202, 202, 202]
    assert {each.body for each in told} == {told[0].body}
    assert (row.status, codes(row), approved.decided_by) == (
        RowStatus.SUBMITTED,
        CAP_IS_NEAR,
        "U-PM1",
    )
    assert elsewhere.status == 404
    assert books.handed_in("T-1") == ["approved"]


async def test_a_number_stands_for_one_thing(stage: Scene) -> None:
    """Other hours under it are refused, unless they follow a version that came to nothing."""
    first = await hand_in(stage, "T-2", hours="1", work_date="2026-10-13")
    other = await hand_in(stage, "T-2", hours="3", work_date="2026-10-13")
    follows = await hand_in(stage, "T-2", hours="3", work_date="2026-10-13", follows=1)

    assert [first.status, other.status, follows.status] == [202, 409, 409]


async def test_a_rejection_names_its_reason_and_another_version_may_follow(stage: Scene) -> None:
    """Both are in the PSA, as they were decided."""
    row = (await hand_in(stage, "T-3", hours="12.5")).read(HandedIn)
    item = await stage.engagement.asked("U-LM1", "T-3,")
    silent = await decide(stage, "U-LM1", item, decision="reject")
    await decide(stage, "U-LM1", item, decision="reject", reason_code="TOO_LONG")
    rejected = await become(stage, row, RowStatus.REJECTED)
    second = (await hand_in(stage, "T-3", hours="1.5", follows=1)).read(HandedIn)
    again = await stage.engagement.asked("U-PM1", "T-3/2,")
    await decide(stage, "U-PM1", again, decision="approve")
    await become(stage, second, RowStatus.APPROVED)
    books = await stage.operator.books()

    assert silent.status == 422
    assert b"reason_code" in silent.body
    assert row.named is not None
    assert (row.status, row.named.code) == (RowStatus.HELD, "T02")
    assert rejected.comment == "TOO_LONG: seen"
    assert (second.version, second.status) == (2, RowStatus.SUBMITTED)
    assert books.handed_in("T-3") == ["rejected", "approved"]


async def test_what_is_blocked_never_reaches_the_psa_and_asks_nobody(stage: Scene) -> None:
    """It is kept with its reasons, and another version of it may be handed in."""
    blocked = await hand_in(stage, "T-4", work_date="2026-10-15")
    row = blocked.read(HandedIn)
    second = await hand_in(stage, "T-4", hours="0.5", follows=1)
    books = await stage.operator.books()

    assert (blocked.status, row.status) == (200, RowStatus.BLOCKED)
    assert "Location" not in blocked.headers
    assert codes(row) == ["T06", *CAP_IS_NEAR]
    assert second.status == 202
    assert len(books.handed_in("T-4")) <= 1


async def test_everybody_hands_in_and_sees_their_own(stage: Scene) -> None:
    """Nobody is let in for a colleague, but for an application that people hand in through."""
    for_another = await hand_in(stage, "T-5", who="E102")
    by_program = await hand_in(stage, "T-5", who="integrator", hours="0.25")
    unknown = await hand_in(stage, "T-6", who="integrator", employee="E999")
    row = by_program.read(HandedIn)
    of_colleague = await stage.people.call("E102", "GET", f"{WORK}/handed-in/{row.id}")
    own = await stage.people.read("E101", f"{WORK}/entries", HandedInList)
    none = await stage.people.read("E102", f"{WORK}/entries", HandedInList)
    abroad = await stage.people.read("U-PM3", f"{WORK}/entries", HandedInList)

    assert [for_another.status, by_program.status, unknown.status] == [403, 202, 404]
    assert of_colleague.status == 404
    assert "T-5" in [each.wish.number for each in own.items]
    assert (none.items, abroad.items) == ([], [])


async def test_neither_a_group_nor_a_delegation_is_a_way_around_the_list(stage: Scene) -> None:
    """An expense of two tiers needs two people, each of whom holds the role that is asked."""
    away = {
        "legal_entity": "NWA-US",
        "delegate": "U-LM1",
        "start": "2026-10-14",
        "end": "2026-10-14",
    }
    told = [await stage.people.call("U-PM1", "POST", f"{WORK}/delegations", away) for _ in "12"]
    spent = LUNCH | {"number": "X-1", "amount": {"amount": "600.00", "currency": "USD"}}
    spent |= {"receipt_hash": "sha256:x1"}
    row = (await stage.people.call("E101", "POST", f"{WORK}/expenses", spent)).read(HandedIn)
    item = await stage.engagement.asked("U-LM1", "X-1,")
    await decide(stage, "U-LM1", item, decision="approve")
    twice = await decide(stage, "U-LM1", item, decision="approve")
    waiting = await stage.people.read("finance", f"{WORK}/handed-in/{row.id}", HandedIn)
    await decide(stage, "U-PM1", await stage.engagement.asked("U-PM1", "X-1,"), decision="approve")
    await become(stage, row, RowStatus.APPROVED)
    books = await stage.operator.books()

    assert [each.status for each in told] == [201, 201]
    assert told[0].body == told[1].body
    assert row.roles == ("line_manager", "project_manager")
    assert twice.status == 403
    assert waiting.status is RowStatus.SUBMITTED
    assert books.handed_in("X-1") == ["approved"]


async def test_weeks_that_are_not_handed_in_are_told_to_who_leads(stage: Scene) -> None:
    """T17 names the person and the week, and who sees no such company is refused."""
    days = "project_number=P-1001&start=2026-09-01&end=2026-10-31"
    path = f"{WORK}/missing-weeks?legal_entity=NWA-US&{days}"
    found = await stage.people.read("U-PM1", path, PolicyFindingList)
    elsewhere = await stage.people.call("U-PM3", "GET", path)

    assert {each.code for each in found.items} <= {"T17"}
    assert elsewhere.status == 403


async def test_a_week_is_handed_in_by_its_person_and_is_submitted_in_the_psa(stage: Scene) -> None:
    """Told again, its hours are there once; nobody can name another person's week."""
    rows = (row("W-1", "2026-10-13", "1"), row("W-2", "2026-10-14", "2"))
    told = [await hand_in_week(stage, *rows) for _ in range(2)]
    for_another = await stage.people.call(
        "E101", "POST", f"{WORK}/weeks", {"week_start": MONDAY, "rows": rows, "employee": "E102"}
    )
    taken = told[0].read(WeekTaken)

    async def is_in() -> bool:
        books = await stage.operator.books()
        return books.submitted("E102", MONDAY) and all(
            books.handed_in(each) == ["submitted"] for each in ("W-1", "W-2")
        )

    await until(is_in, "the week in the PSA")

    assert [each.status for each in told] == [202, 202]
    assert told[0].body == told[1].body
    assert [each.status for each in taken.rows] == [RowStatus.SUBMITTED] * 2
    assert (taken.employee, {each.wish.employee for each in taken.rows}) == ("E102", {"E102"})
    assert for_another.status == 400


async def test_everything_that_blocks_a_week_is_named_at_once_and_nothing_is_taken(
    stage: Scene,
) -> None:
    """Each by its place; rows of a day are judged beside each other."""
    answer = await hand_in_week(
        stage,
        row("W-3", "2026-10-15", "1"),
        row("W-4", "2026-10-13", "20"),
        row("W-5", "2026-10-13", "4.5", task="other"),
        row("W-6", "2026-10-12", "1", project_number="P-0"),
        row("W-7", "2026-10-12", "0.25"),
    )
    problem = msgspec.json.decode(answer.body)
    named = [(each["pointer"], each["detail"][:3]) for each in problem["errors"]]
    own = await stage.people.read("E102", f"{WORK}/entries", HandedInList)

    assert answer.status == 422
    assert named == [
        ("/rows/0/work_date", "T06"),
        ("/rows/1/hours", "T01"),
        ("/rows/2/hours", "T01"),
        ("/rows/3/project_number", "T10"),
    ]
    assert all(each["remedy"] for each in problem["errors"])
    assert not {"W-3", "W-7"} & {each.wish.number for each in own.items}


async def test_a_week_is_corrected_while_it_waits_and_after_it_was_approved(stage: Scene) -> None:
    """What waited is taken back; what was approved stands until the other hours are approved."""
    first = (await hand_in_week(stage, row("W-8", "2026-10-13", "1.5"))).read(WeekTaken).rows[0]
    early = await stage.engagement.asked("U-PM1", "W-8,")
    await hand_in_week(stage, row("W-8", "2026-10-13", "1.75", follows=1))
    item = await stage.engagement.asked("U-PM1", "W-8/2,")
    late = await decide(stage, "U-PM1", early, decision="approve")
    await decide(stage, "U-PM1", item, decision="approve")
    await become(stage, first, RowStatus.APPROVED)
    waited = (await stage.operator.books()).handed_in("W-8")
    await hand_in_week(stage, row("W-8", "2026-10-13", "1.25", follows=2))
    again = await stage.engagement.asked("U-PM1", "W-8/3,")
    stands = (await stage.operator.books()).hours_of("W-8")
    await decide(stage, "U-PM1", again, decision="approve")
    await become(stage, first, RowStatus.APPROVED)

    async def counts() -> bool:
        return (await stage.operator.books()).hours_of("W-8") == Decimal("1.25")

    await until(counts, "the corrected hours")

    assert late.status == 409
    assert waited == ["rejected", "approved"]
    assert stands == Decimal("1.75")


async def test_a_row_of_a_week_is_struck_out_while_it_waits(stage: Scene) -> None:
    """Nobody is asked about it any more, told twice or not; its number may be used again."""
    await hand_in_week(stage, row("W-9", "2026-10-12", "0.5"), row("W-10", "2026-10-12", "0.75"))
    await stage.engagement.asked("U-PM1", "W-9,")
    nothing = [row(each, "2026-10-12", "0", follows=1) for each in ("W-9", "W-10")]
    elsewhere = await hand_in_week(stage, row("W-9", "2026-10-13", "0", follows=1))
    told = [await hand_in_week(stage, *nothing) for _ in range(2)]

    async def asks_nobody() -> bool:
        open_now = await stage.people.read("U-PM1", "/experience/worklist/v1/", Worklist)
        return not [e for e in open_now.items if {"W-9,", "W-10,"} & set(e.title.split())]

    await until(asks_nobody, "nobody being asked")

    async def is_out() -> bool:
        books = await stage.operator.books()
        return books.handed_in("W-9") == books.handed_in("W-10") == ["rejected"]

    await until(is_out, "the rows being out of the PSA")
    again = await hand_in_week(stage, row("W-9", "2026-10-12", "0", follows=2))
    other = await hand_in_week(stage, row("W-9", "2026-10-12", "0.5", follows=2))

    assert elsewhere.status == 409
    assert told[0].body == told[1].body
    assert {each.status for each in told[0].read(WeekTaken).rows} == {RowStatus.STRUCK_OUT}
    assert [again.status, other.status] == [422, 202]


async def test_approved_hours_are_struck_out_by_an_approval_and_once(stage: Scene) -> None:
    """They stand until then; the gateway is killed while it reverses them, and they go once."""
    [first] = (await hand_in_week(stage, row("W-11", "2026-10-13", "0.25"))).read(WeekTaken).rows
    await stage.engagement.approve("U-PM1", "W-11,")
    await become(stage, first, RowStatus.APPROVED)
    [struck] = (
        (await hand_in_week(stage, row("W-11", "2026-10-13", "0", follows=1))).read(WeekTaken).rows
    )
    item = await stage.engagement.asked("U-PM1", "W-11/2, strike out the hours")
    stands = (await stage.operator.books()).hours_of("W-11")
    await stage.operator.fail(
        rules=[{"operation": "correct_time", "nth": 1, "kind": "commit-then-slow"}]
    )
    await decide(stage, "U-PM1", item, decision="approve")
    await killed_at_a_fault(stage)
    gone = await become(stage, struck, RowStatus.APPROVED)
    taken_back = (await stage.operator.books()).hours_of("W-11")
    nothing_left = await hand_in_week(stage, row("W-11", "2026-10-13", "0", follows=2))
    anew = await hand_in_week(stage, row("W-12", "2026-10-13", "0.25"))

    assert (struck.status, struck.findings) == (RowStatus.SUBMITTED, ())
    assert (stands, taken_back) == (Decimal("0.25"), Decimal(0))
    assert (gone.decided_by, gone.record_id) == ("U-PM1", None)
    assert nothing_left.status == 422
    assert anew.status == 202, anew.body


async def test_a_question_goes_on_to_finance_when_nobody_answers(stage: Scene) -> None:
    """At twice its hours of business; the list of who must agree gets no shorter."""
    row = (await hand_in(stage, "T-7", hours="0.75", work_date="2026-10-13")).read(HandedIn)
    await stage.engagement.asked("U-PM1", "T-7,")
    await stage.engagement.at("2026-10-23T14:00:00Z")
    item = await stage.engagement.asked("finance", "T-7,")
    decided = await decide(stage, "finance", item, decision="approve")
    await become(stage, row, RowStatus.APPROVED)

    assert decided.status == 200


async def test_a_locked_month_is_told_to_payroll_and_each_row_once(stage: Scene) -> None:
    """A correction is told by the next run, as its difference."""
    await stage.engagement.at("2026-11-06T12:00:00Z")

    async def told() -> ToldHoursList | None:
        found = await stage.people.read("finance", PAY_RUNS, ToldHoursList)
        done = [each for each in found.items if each.period == "2026-10" and each.status == "told"]
        return found if len(done) == 3 else None

    first = await until(told, "October's pay runs")
    project = await stage.people.call("integrator", "GET", "/system/psa/v1/projects?number=P-1001")
    project_id = msgspec.json.decode(project.body)["items"][0]["id"]
    wrong = {"entry_number": "TE-0057", "hours": "6", "reason": "recorded too much"}
    await stage.people.call(
        "U-PM1",
        "POST",
        f"/system/psa/v1/projects/{project_id}/time-corrections",
        wrong,
        Idempotency_Key="correct-0057",
    )
    again = {"legal_entity": "NWA-US", "period": "2026-10", "run": 2}
    runs = [await stage.people.call("finance", "POST", PAY_RUNS, again) for _ in "12"]
    by_manager = await stage.people.call("U-PM1", "POST", PAY_RUNS, again)

    async def second() -> bool:
        books = (await stage.operator.books()).instances["hr"]
        return any(each.reference == "NWA-US-2026-10-2" for each in books.hours_batch)

    await until(second, "the second run")
    late = await hand_in(stage, "T-8", work_date=str(date(2026, 10, 29)))
    blocked = [each.code for each in late.read(HandedIn).findings if each.severity == "block"]
    books = (await stage.operator.books()).instances
    batches = {each.reference: each for each in books["hr"].hours_batch}
    difference = batches["NWA-US-2026-10-2"].lines

    assert {each.legal_entity for each in first.items} == {"NWA-US", "NWA-DE", "HAL-UK"}
    assert [each.status for each in runs] == [202, 202]
    assert by_manager.status == 403
    assert len(batches) == len(books["hr"].hours_batch)
    assert [(each.employee_number, each.pay_code, each.hours) for each in difference] == [
        ("E103", "REGULAR", -2)
    ]
    assert [each.id for each in books["procurement"].contractor_hours] == ["NWA-DE-2026-10-1"]
    assert blocked == ["T05"]


async def test_hours_whose_answer_is_lost_are_entered_once(stage: Scene) -> None:
    """The PSA took them and nobody heard; the gateway is killed meanwhile, and asks again."""
    await stage.engagement.at("2026-11-06T12:00:00Z")
    await stage.operator.fail(
        rules=[{"operation": "enter_time", "nth": 1, "kind": "commit-then-slow"}]
    )
    row = (await hand_in(stage, "T-9", work_date="2026-11-05")).read(HandedIn)

    await killed_at_a_fault(stage)
    item = await stage.engagement.asked("U-PM1", "T-9,")
    await decide(stage, "U-PM1", item, decision="approve")
    await become(stage, row, RowStatus.APPROVED)
    code, said = await stage.gateway.run("audit", "verify")

    assert (await stage.operator.books()).handed_in("T-9") == ["approved"]
    assert code == 0, said


async def test_a_month_that_still_takes_hours_is_not_paid(stage: Scene) -> None:
    """Its own run would find itself done; which month is wrong is said, and nothing is told."""
    before = await stage.people.read("finance", PAY_RUNS, ToldHoursList)
    months = ("2026-12", "9999-12", "0000-10")
    asked = [{"legal_entity": "NWA-US", "period": each} for each in months]

    answers = [await stage.people.call("finance", "POST", PAY_RUNS, each) for each in asked]

    assert [answer.status for answer in answers] == [422, 422, 400]
    for answer in answers:
        faults = msgspec.json.decode(answer.body)["errors"]
        assert [fault["pointer"] for fault in faults] == ["/period"]
    assert await stage.people.read("finance", PAY_RUNS, ToldHoursList) == before


async def test_nobody_is_stood_in_for_by_somebody_who_is_never_asked(stage: Scene) -> None:
    """A delegate who holds no role in the company is refused, instead of passed over later."""
    absence = {"legal_entity": "NWA-US", "start": "2026-11-01", "end": "2026-11-30"}

    answer = await stage.people.call(
        "U-PM1", "POST", f"{WORK}/delegations", {**absence, "delegate": "U-NOBODY"}
    )

    assert answer.status == 422
    faults = msgspec.json.decode(answer.body)["errors"]
    assert [fault["pointer"] for fault in faults] == ["/delegate"]
