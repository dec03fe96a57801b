"""The key figures that a firm's facts give rise to, reckoned with exact numbers."""

from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from fractions import Fraction
from zoneinfo import ZoneInfo

from tests.firms.amounts import as_of, halves, money, share
from tests.firms.reckoning import Facts, pct

CENT = Decimal("0.01")


def leading(firm: Facts, documents: list[Facts]) -> Facts:
    """Return the sections of those who lead the firm, from its facts and its documents."""
    told: Facts = {"dso": _dso(firm, documents)}
    if any(each["kind"] == "hr" for each in firm["systems"]):
        told["utilization"] = _utilization(firm)
        if "forecast_hours" in firm:
            told["utilization_forecast"] = _forecast(firm)
        told["time_entry_compliance"] = _compliance(firm)
    if "approvals_history" in firm:
        told["approval_latency_hours"] = _latency(firm["approvals_history"])
    return told


def _days(firm: Facts) -> tuple[date, date]:
    month = firm["period"]
    return date.fromisoformat(month["start"]), date.fromisoformat(month["end"])


def _entity(firm: Facts, code: str) -> Facts:
    found: Facts = next(each for each in firm["entities"] if each["id"] == code)
    return found


def _works(entity: Facts, day: date) -> bool:
    return day.weekday() < 5 and day.isoformat() not in entity.get("calendar_holidays", [])


def _available(firm: Facts, person: Facts) -> Fraction:
    entity = _entity(firm, person["legal_entity"])
    start, end = _days(firm)
    days = [start + timedelta(days=each) for each in range((end - start).days + 1)]
    full = Fraction(entity.get("hours_per_day", "8")) * Fraction(person.get("fte", "1"))
    worked = sum(1 for day in days if _works(entity, day))
    return full * worked - Fraction(person.get("time_off_hours", "0"))


def _own(firm: Facts) -> list[Facts]:
    return [e for e in firm["employees"] if e.get("employment_type", "employee") == "employee"]


def _billable(firm: Facts, people: list[Facts]) -> Fraction:
    start, end = _days(firm)
    numbers = {each["id"] for each in people}
    return sum(
        (
            Fraction(row["hours"])
            for row in firm["time_entries"]
            if row["employee"] in numbers
            and row.get("billable", True)
            and start <= date.fromisoformat(row["work_date"]) <= end
        ),
        start=Fraction(0),
    )


def _utilization(firm: Facts) -> Facts:
    people = _own(firm)
    free = {each["id"]: _available(firm, each) for each in people}
    done = _billable(firm, people)
    target = sum(
        (free[each["id"]] * Fraction(each.get("utilization_target") or 0) for each in people),
        start=Fraction(0),
    )
    whole = sum(free.values(), start=Fraction(0))
    by_entity = {}
    for code in sorted({each["legal_entity"] for each in people}):
        theirs = [each for each in people if each["legal_entity"] == code]
        hours = sum((free[each["id"]] for each in theirs), start=Fraction(0))
        by_entity[code] = pct(_billable(firm, theirs), hours)
    return {
        "billable_hours": as_of(done),
        "available_hours": as_of(whole),
        "firm": pct(done, whole),
        "target_hours": share(target, CENT),
        "target": pct(target, whole),
        "by_entity": by_entity,
        "by_employee": {
            each["id"]: {
                "billable": as_of(_billable(firm, [each])),
                "available": as_of(free[each["id"]]),
                "utilization": pct(_billable(firm, [each]), free[each["id"]]),
            }
            for each in people
        },
    }


def _forecast(firm: Facts) -> Facts:
    people = _own(firm)
    told = {each["id"]: Fraction(firm["forecast_hours"].get(each["id"], 0)) for each in people}
    done = {each["id"]: _billable(firm, [each]) for each in people}
    foreseen, worked = sum(told.values(), Fraction(0)), sum(done.values(), Fraction(0))
    apart = sum((abs(told[each] - done[each]) for each in told), start=Fraction(0))
    free = sum((_available(firm, each) for each in people), start=Fraction(0))
    return {
        "forecast_hours": as_of(foreseen),
        "absolute_error": as_of(apart),
        "wape": pct(apart, worked),
        "accuracy": pct(worked - apart, worked),
        "bias": _signed(foreseen - worked, worked, Decimal("0.0001")),
        "variance_pp": _signed((worked - foreseen) * 100, free, CENT),
    }


def _signed(part: Fraction, whole: Fraction, step: Decimal) -> str:
    """Write a share that may be below nothing: a half goes away from zero, as elsewhere."""
    return share(part / whole, step)


def _compliance(firm: Facts) -> Facts:
    start, end = _days(firm)
    asked = datetime.combine(end, time(23, 59, 59), UTC)
    count = {"expected": 0, "on_time": 0, "late": 0, "missing": 0}
    for person in firm["employees"]:
        entity = _entity(firm, person["legal_entity"])
        monday = start - timedelta(days=start.weekday())
        while monday <= end:
            week = [monday + timedelta(days=each) for each in range(7)]
            if any(_works(entity, day) for day in week):
                count["expected"] += 1
                count[_handed_in(firm, person, monday, asked)] += 1
            monday += timedelta(days=7)
    submitted = count["on_time"] + count["late"]
    return count | {
        "on_time_rate": pct(Fraction(count["on_time"]), Fraction(count["expected"])),
        "submitted_rate": pct(Fraction(submitted), Fraction(count["expected"])),
    }


def _handed_in(firm: Facts, person: Facts, monday: date, asked: datetime) -> str:
    for sheet in firm.get("timesheets", []):
        if sheet["employee"] != person["id"] or sheet["week_start"] != monday.isoformat():
            continue
        at = sheet.get("submitted_at")
        if at is None or datetime.fromisoformat(at) > asked:
            return "missing"
        zone = ZoneInfo(_entity(firm, person["legal_entity"]).get("tz", "UTC"))
        due = datetime.combine(monday + timedelta(days=7), time(12), zone)
        if sheet.get("due_at"):
            due = datetime.fromisoformat(sheet["due_at"])
        return "on_time" if datetime.fromisoformat(at) <= due else "late"
    return "missing"


def _latency(history: list[Facts]) -> Facts:
    took = sorted(
        Fraction(
            (
                datetime.fromisoformat(each["decided_at"])
                - datetime.fromisoformat(each["requested_at"])
            )
            // timedelta(seconds=1),
            3600,
        )
        for each in history
    )
    count = len(took)
    middle = (took[(count - 1) // 2] + took[count // 2]) / 2
    in_time = sum(1 for each in took if each <= 24)
    return {
        "median": share(middle, CENT),
        "p90_nearest_rank": share(took[-(-9 * count // 10) - 1], CENT),
        "mean": share(sum(took, start=Fraction(0)) / count, CENT),
        "within_24h": pct(Fraction(in_time), Fraction(count)),
    }


def _dso(firm: Facts, documents: list[Facts]) -> Facts:
    start, end = _days(firm)
    days = (end - start).days + 1
    reporting = firm["reporting_currency"]
    owed, sold = _owed(firm, documents, end), _sold(documents)
    codes = sorted({each["currency"] for each in firm["entities"]})
    by_entity = {}
    for entity in firm["entities"]:
        mine, own = entity["id"], entity["currency"]
        billed = sold.get((mine, own), Fraction(0))
        by_entity[mine] = (
            share(owed.get((mine, own), Fraction(0)) / billed * days, CENT) if billed else None
        )
    closing, average = firm.get("fx_close", {}), firm["fx_avg"]
    ar, sales = _worth(owed, closing), _worth(sold, average)
    return {
        "open_receivables": {code: _in(owed, code) for code in codes},
        "billings_gross": {code: _in(sold, code) for code in codes},
        "receivables_reporting": money(halves(ar, reporting, even=False), reporting),
        "billings_reporting": money(halves(sales, reporting, even=False), reporting),
        "days": days,
        "dso": share(ar / sales * days, CENT) if sales else None,
        "by_entity": by_entity,
    }


def _sold(documents: list[Facts]) -> dict[tuple[str, str], Fraction]:
    """Return what was billed by company and currency, less credits; a deposit is no billing."""
    found: dict[tuple[str, str], Fraction] = {}
    for each in documents:
        if each["lines"][0]["kind"] == "down_payment":
            continue
        place = (each["legal_entity"], each["currency"])
        sign = -1 if each["kind"] == "credit_note" else 1
        found[place] = found.get(place, Fraction(0)) + sign * Fraction(each["gross"])
    return found


def _owed(firm: Facts, documents: list[Facts], end: date) -> dict[tuple[str, str], Fraction]:
    """Return what is billed, now or before, and not paid by the end of the month."""
    found = _sold(documents)
    prior = {each["number"]: each for each in firm.get("prior_invoices", [])}
    for each in prior.values():
        place = (each["legal_entity"], each["currency"])
        found[place] = found.get(place, Fraction(0)) + Fraction(each["gross"])
    projects = {each["project"]: each for each in documents}
    for paid in firm.get("payments", []):
        named = paid.get("invoice") or ""
        invoice = prior.get(named) or projects.get(named.removeprefix("current:"))
        if invoice is not None and date.fromisoformat(paid["date"]) <= end:
            place = (invoice["legal_entity"], invoice["currency"])
            found[place] -= Fraction(paid["amount"])
    return found


def _worth(amounts: dict[tuple[str, str], Fraction], rates: Facts) -> Fraction:
    return sum(
        (amount * Fraction(rates[code]) for (_, code), amount in amounts.items()),
        start=Fraction(0),
    )


def _in(amounts: dict[tuple[str, str], Fraction], code: str) -> str:
    whole = sum((amount for (_, own), amount in amounts.items() if own == code), Fraction(0))
    return money(whole, code)
