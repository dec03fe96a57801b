"""What a fixed price earned, told as the stories that are reckoned in `tests.proof.revenue`."""

from datetime import date, timedelta
from fractions import Fraction

from tests.firms.reckoning import Deal, arrived
from tests.proof.revenue import reckoned
from tests.proof.revenue.reckoned import Row, Story

METHODS = {
    "OVER_TIME_INPUT_COST": reckoned.COST,
    "OVER_TIME_OUTPUT_MILESTONE": reckoned.OUTPUT,
    "OVER_TIME_STRAIGHT_LINE": reckoned.DAYS,
    "POINT_IN_TIME": reckoned.DELIVERY,
}


def story(deal: Deal) -> Story:
    """Return all that happened on a project of a fixed price until the month was over."""
    return Story(
        currency=deal.currency,
        even=deal.even,
        method=METHODS[deal.terms["revenue_method"]],
        start=deal.begun,
        end=date.fromisoformat(deal.terms["effective"]["to"]),
        price=deal.number("price"),
        estimate=deal.number("eac_cost"),
        rows=tuple(_rows(deal)),
        accepted=tuple(_accepted(deal)),
        deliveries=len(deal.terms["milestones"]),
    )


def earned_until(deal: Deal, day: date) -> Fraction:
    """Return what of the price is earned by the evening of a day."""
    return reckoned.promised(story(deal), day)


def earned_before(deal: Deal) -> Fraction:
    """Return what of the price was earned before the month."""
    return earned_until(deal, deal.first - timedelta(days=1))


def accepted_within(deal: Deal) -> Fraction:
    """Return what the client accepted in the month, the price at most."""
    by_output = story(deal)._replace(method=reckoned.OUTPUT)
    before = reckoned.promised(by_output, deal.first - timedelta(days=1))
    return reckoned.promised(by_output, deal.month_end) - before


def part_done(deal: Deal) -> Fraction | None:
    """Return which part of its cost was incurred by the end of the month, if cost measures it."""
    told = story(deal)
    if told.method != reckoned.COST:
        return None
    done = reckoned.effort_done(told, deal.month_end)
    return reckoned.part_done(done, reckoned.effort_in_the_end(told, deal.month_end))


def _rows(deal: Deal) -> list[Row]:
    nothing = Fraction(0)
    return [
        Row(
            date.fromisoformat(row["work_date"]),
            Fraction(row["hours"]),
            Fraction(deal.staff(row["employee"])["cost_rate"]),
            nothing,
            nothing,
            row.get("billable", True),
        )
        for row in deal.firm.get("time_entries", [])
        if row["project"] == deal.project
        and deal.begun <= date.fromisoformat(row["work_date"]) <= deal.end
    ]


def _accepted(deal: Deal) -> list[tuple[date, Fraction]]:
    """Return the parts that the client accepted, each on the day that it was for the company."""
    proven = [
        each for each in deal.terms["milestones"] if (each.get("evidence") or {}).get("received_at")
    ]
    return [
        (arrived(each["evidence"]).astimezone(deal.zone).date(), Fraction(each["amount"]))
        for each in proven
    ]
