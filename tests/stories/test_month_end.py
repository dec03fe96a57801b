"""Finance has a month's revenue recognized and closes it; what comes later is another month's."""

from pathlib import Path

from experience_apis.finance.v1 import ResultsPage
from experience_apis.worklist.items import Item
from process_apis.project_to_cash.records import InvoiceStage
from process_apis.revenue.closing import PeriodView
from process_apis.revenue.records import AccountingPeriod, Costs
from process_apis.revenue.v1 import EntryList, PositionList
from system_apis.canonical.delivery import Project
from system_apis.canonical.money import Money
from system_apis.canonical.record import Page
from tests.faults.killer import ANY_CALL, Killer
from tests.stories.engagement import Scene, scene
from tests.stories.people import Answer, until

REVENUE = "/process/revenue/v1"
OCTOBER, NOVEMBER = "2026-10", "2026-11"
DRAFTED = f"P-1001: revenue of {OCTOBER}"
CLOSE = {"legal_entity": "NWA-US", "month": OCTOBER}


async def _recognize(stage: Scene, month: str = OCTOBER, who: str = "finance") -> Answer:
    said = {"project_number": stage.engagement.project, "month": month}
    return await stage.people.call(who, "POST", f"{REVENUE}/recognitions", said)


async def _booked(stage: Scene, month: str = OCTOBER) -> list[Money]:
    """Return what is booked of the project's month, once anything is known of it."""

    async def known() -> bool | None:
        path = f"{REVENUE}/positions?month={month}"
        page = await stage.people.read("finance", path, PositionList)
        return stage.engagement.project in {each.project_number for each in page.items} or None

    await until(known, f"the revenue of {month}")
    path = f"{REVENUE}/entries?month={month}"
    entries = await stage.people.read("finance", path, EntryList)
    return [each.amount for each in entries.items]


async def _strike_out(stage: Scene, number: str) -> None:
    """Have the project manager's tool say that somebody did not work the hours of an entry."""
    found = await stage.people.read(
        "integrator", f"/system/psa/v1/projects?number={stage.engagement.project}", Page[Project]
    )
    path = f"/system/psa/v1/projects/{found.items[0].id}/time-corrections"
    wish = {"entry_number": number, "hours": "0", "reason": "was on leave"}
    answer = await stage.people.call("integrator", "POST", path, wish, Idempotency_Key="strike")
    assert answer.status == 201, answer.body


async def _approve(stage: Scene, item: Item) -> None:
    said = {"version": item.version, "decision": "approve"}
    answer = await stage.people.call("finance", "POST", item.act_at, said)
    assert answer.status == 200, answer.body


async def _turn(stage: Scene, verb: str, who: str = "finance", **more: str) -> Answer:
    return await stage.people.call(who, "POST", f"{REVENUE}/{verb}", CLOSE | more)


async def test_a_month_is_closed_once_nothing_waits_or_for_a_reason(tmp_path: Path) -> None:
    """Finance reads what waits; a closed month is opened again by finance, and says why."""
    async with scene(tmp_path) as stage:
        early = await _turn(stage, "closings", despite="in a hurry")
        await stage.engagement.drafted()
        await stage.engagement.approved_by_all()
        await stage.engagement.invoice(InvoiceStage.POSTED)
        await stage.engagement.at("2026-11-02T09:00:00Z")
        await stage.engagement.asked("finance", DRAFTED)
        path = f"{REVENUE}/close?legal_entity=NWA-US&month={OCTOBER}"
        looked = await stage.people.read("finance", path, PeriodView)
        refused = await _turn(stage, "closings")
        await _recognize(stage)
        booked = await _booked(stage)
        other = await _turn(stage, "closings", "project_manager", despite="in a hurry")
        closed = await _turn(stage, "closings", despite="settled in November")
        again = await _turn(stage, "closings", despite="settled in November")
        unexplained = await _turn(stage, "reopenings")
        reopened = await _turn(stage, "reopenings", reason="a bill was late")

    assert early.status == 409
    assert "REVENUE_DRAFTED" in {each.code for each in looked.waiting}
    assert (refused.status, other.status, unexplained.status) == (409, 403, 400)
    assert booked[1:] == [Money.of("58640.50", "USD")]
    assert closed.read(AccountingPeriod) == again.read(AccountingPeriod)
    assert closed.read(AccountingPeriod).reason == "settled in November"
    assert reopened.read(AccountingPeriod).version == 2


async def test_a_months_end_drafts_its_revenue_and_finance_approves_it(tmp_path: Path) -> None:
    """Nothing is booked before; what changed since it was drafted is asked about anew."""
    async with scene(tmp_path, project="P-2001") as stage:
        await stage.engagement.set_up()
        await stage.engagement.at("2026-11-02T09:00:00Z")
        first = await stage.engagement.asked("finance", f"P-2001: revenue of {OCTOBER}")
        path = f"{REVENUE}/entries?month={OCTOBER}"
        before = await stage.people.read("finance", path, EntryList)
        await _strike_out(stage, "TE-0063")
        await _approve(stage, first)

        async def anew() -> Item | None:
            item = await stage.engagement.asked("finance", f"P-2001: revenue of {OCTOBER}")
            return item if item.version == 2 else None

        second = await until(anew, "another draft")
        await _approve(stage, second)
        booked = await _booked(stage)

    assert before.items == []
    assert (first.amount, second.amount) == (
        Money.of("24000", "EUR"),
        Money.of("22957.19", "EUR"),
    )
    assert booked == [Money.of("22957.19", "EUR")]


async def test_what_a_closed_month_lacks_is_the_next_ones(tmp_path: Path) -> None:
    """Hours of October that are struck out in November leave October as it was closed."""
    async with scene(tmp_path, project="P-2001") as stage:
        await stage.engagement.set_up()
        await stage.engagement.at("2026-11-02T09:00:00Z")
        await _recognize(stage)
        before = await _booked(stage)
        german = {"legal_entity": "NWA-DE", "despite": "settled in November"}
        closed = await _turn(stage, "closings", **german)
        await _strike_out(stage, "TE-0063")
        await _recognize(stage, NOVEMBER)
        november = await _booked(stage, NOVEMBER)
        after = await _booked(stage)

    assert closed.status == 200
    assert before == after == [Money.of("24000", "EUR")]
    assert november == [Money.of("-1042.81", "EUR")]


async def test_a_killed_recognition_books_each_entry_once(tmp_path: Path) -> None:
    """Whoever asked once more, and whenever the program died, the books say it once."""
    async with scene(tmp_path) as stage:
        killer = Killer(stage, 3)
        await stage.engagement.drafted()
        await stage.engagement.at("2026-11-02T09:00:00Z")
        await killer.lie_in_wait(ANY_CALL, 4)
        await _recognize(stage)
        await killer.strike()
        await stage.gateway.start()
        booked = await _booked(stage)
        await stage.engagement.at("2026-11-02T10:00:00Z")
        await _recognize(stage)
        await stage.settled()
        again = await _booked(stage)
        code, said = await stage.gateway.run("verify")

    assert again == booked
    assert booked[1:] == [Money.of("58640.50", "USD")]
    assert code == 0, said


async def test_costs_are_shown_to_whoever_may_see_them(tmp_path: Path) -> None:
    """An executive reads the firm's results, and no person's cost in them."""
    path = f"/experience/finance/v1/results?month={OCTOBER}"
    async with scene(tmp_path, project="P-2001") as stage:
        await stage.engagement.set_up()
        await stage.engagement.at("2026-11-02T09:00:00Z")
        await _recognize(stage)
        await _booked(stage)
        full = await stage.people.read("finance", path, ResultsPage)
        seen = await stage.people.read("executive", path, ResultsPage)

    [project], [shown] = full.items, seen.items
    assert isinstance(project.costs, Costs)
    assert project.costs.people > 1
    assert shown == project
    assert full.group.revenue == Money.of("26400", "USD")
