"""How records come to us is judged too: in order, once a version, readable and in time."""

from datetime import timedelta

import pytest
from msgspec.structs import replace

from governance.editions import Edition
from governance.quality.rules import Kind
from process_apis.quality.terms import QualityTerms
from system_apis.canonical.record import Change
from system_apis.errors import TryAgain
from tests.process_apis.judged_firm import ALL, JudgedFirm
from tests.process_apis.workshop import Workshop

CUSTOMER, PROJECT = "customer/CUST-1", "workspace/P-1"


async def _told(firm: JudgedFirm, version: int) -> Change:
    """Judge the project at some version, and return what the feed told."""
    for each in range(1, version):
        firm.arrive("work", PROJECT, {"title": f"Survey {each}"})
    changes = await firm.read("work")
    return next(each for each in reversed(changes) if each.record_type == "project")


def _counted(firm: JudgedFirm) -> float | None:
    labels = {"rule": "DQ-I1", "system": "work"}
    return firm.metrics.registry.get_sample_value("strata_quality_findings_total", labels)


async def test_a_version_is_judged_once_however_often_it_is_told(firm: JudgedFirm) -> None:
    """Told again, no system is asked for it."""
    told = await _told(firm, 2)
    asked = await firm.house.calls()

    await firm.looks.changed("work", [told])
    await firm.looks.changed("work", [told, told])

    assert await firm.house.calls() == asked
    assert await firm.versions(Kind.PROJECT, told.id, "work") == told.version


async def test_an_older_version_that_comes_later_is_counted_and_no_more(firm: JudgedFirm) -> None:
    """Nothing is read for it, and nobody has to do anything."""
    told = await _told(firm, 3)
    asked = await firm.house.calls()

    await firm.looks.changed("work", [replace(told, version=told.version - 1)])
    late = _counted(firm)
    await firm.looks.changed("work", [told, replace(told, version=told.version - 1)])

    assert (late, _counted(firm)) == (1, 2)
    assert await firm.house.calls() == asked
    assert await firm.found() == {}


async def test_a_page_that_is_read_again_is_not_out_of_order(firm: JudgedFirm) -> None:
    """Its older lines were there before its newest."""
    told = await _told(firm, 3)

    await firm.looks.changed("work", [replace(told, version=1), told])

    assert _counted(firm) is None


async def test_a_record_that_is_gone_is_found_and_right_when_it_is_back(firm: JudgedFirm) -> None:
    """What else was wrong with it stays as it is meanwhile."""
    firm.arrive("work", PROJECT, {"lead": ""})
    await firm.read("work")

    firm.remove("work", PROJECT)
    await firm.a_day_later()
    gone = await firm.found()
    firm.open_project("P-1", "CT-1")
    await firm.a_day_later()

    assert set(gone) == {"DQ-I2", "DQ-P4"}
    assert await firm.found() == {}


async def test_a_value_that_we_have_no_word_for_is_found_with_its_field(firm: JudgedFirm) -> None:
    """It is taken for no other value, and nothing else is said of the record."""
    firm.arrive("work", PROJECT, {"lead": ""})
    await firm.read("work")

    firm.arrive("work", PROJECT, {"lead": "E1", "status": "Sleeping"})
    await firm.read("work")
    wrong = await firm.found()
    firm.arrive("work", PROJECT, {"status": "Active"})
    await firm.read("work")

    assert wrong["DQ-I3"] == "status Sleeping has no word of ours"
    assert set(wrong) == {"DQ-I3", "DQ-P4"}
    assert await firm.found() == {}


async def test_a_value_that_no_field_of_a_record_may_have_is_found_the_same(
    firm: JudgedFirm,
) -> None:
    """The answer says which words there are; this is none of them."""
    firm.arrive("staff", "employee/4001", {"status": "Sleeping"})

    await firm.read("staff")

    assert (await firm.found())["DQ-I3"] == "status Sleeping has no word of ours"


async def test_a_colleague_who_cannot_be_read_is_no_fault_of_others(firm: JudgedFirm) -> None:
    """Nothing is found about them, and nothing said to be right."""
    firm.rewrite("staff", "employee/4001", "workEmail", "bo.west@one.example")
    await firm.read("staff")
    firm.arrive("staff", "employee/4003", {"status": "Sleeping"})
    firm.rewrite("staff", "employee/4001", "workEmail", "ann@one.example")

    await firm.read("staff")

    found = sorted(each.rule for each in await firm.findings.all_open())
    assert found == ["DQ-E2", "DQ-E2", "DQ-I3"]


async def test_a_record_that_cannot_be_read_is_found_and_read_again_the_next_day(
    firm: JudgedFirm,
) -> None:
    """An answer may be cut off by chance."""
    await firm.house.fail("commit-then-garbage", "project")

    await firm.read("work")
    wrong = await firm.found()
    await firm.a_day_later()

    assert "cannot be read" in wrong["DQ-I6"]
    assert await firm.found() == {}


async def test_a_feed_that_is_read_too_late_is_found_until_it_is_read(
    firm: JudgedFirm, workshop: Workshop
) -> None:
    """Also by a program that was started anew meanwhile."""
    quarter = timedelta(minutes=15)

    await firm.looks.read_up("books", firm.now, firm.now + quarter)
    in_time = await firm.found()
    await firm.looks.read_up("books", firm.now, firm.now + quarter + timedelta(seconds=1))
    late = await firm.found()
    await firm.new_looks(workshop).read_up("books", firm.now, firm.now)

    assert in_time == {}
    assert set(late) == {"DQ-I5"}
    assert await firm.found() == {}


async def test_a_firm_says_itself_how_late_a_feed_may_be(
    firm: JudgedFirm, workshop: Workshop
) -> None:
    """An edition of its own holds from its day on; before it the handbook's does."""
    hour, today = timedelta(hours=1), firm.now.date()
    patient = Edition(today, 1, QualityTerms(feed_minutes=60))
    looks = firm.new_looks(workshop, patient)

    await looks.read_up("books", firm.now - hour, firm.now)
    in_time = await firm.found()
    await looks.read_up("books", firm.now - 25 * hour, firm.now - 24 * hour)

    assert in_time == {}
    assert set(await firm.found()) == {"DQ-I5"}


async def test_a_page_of_people_reads_their_company_once(firm: JudgedFirm) -> None:
    """One call for the first of three; for all of them two pages, their costs and a calendar."""
    changes = await firm.news("staff")
    before = await firm.house.calls()

    await firm.looks.changed("staff", changes)
    together = await firm.house.calls() - before

    assert sum(each.record_type == "employee" for each in changes) == 3
    assert together == 1 + 2 + 3 + 1


async def test_a_system_that_is_away_stops_its_page_and_the_page_is_told_again(
    firm: JudgedFirm,
) -> None:
    """What was judged of it is not judged again."""
    changes = await firm.news("books")
    await firm.house.fail("503-before", "invoice")

    with pytest.raises(TryAgain):
        await firm.looks.changed("books", changes)
    asked = await firm.house.calls()
    await firm.looks.changed("books", changes)

    assert await firm.house.calls() - asked == 1


async def test_a_look_reads_no_whole_master_for_a_change(firm: JudgedFirm) -> None:
    """A changed client costs two calls: for the record, and for who else has its tax id."""
    other = {"id": "CUST-3", "entityId": "CUST-3", "companyName": "Saar AG", "country": "DE"}
    firm.arrive("books", "customer/CUST-3", other)
    await firm.read(*ALL)

    firm.arrive("books", CUSTOMER, {"companyName": "Rhein plc"})
    [change] = await firm.news("books")
    before = await firm.house.calls()
    await firm.looks.changed("books", [change])

    assert await firm.house.calls() - before == 2
