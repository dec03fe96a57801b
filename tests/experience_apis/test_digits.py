"""No answer of an experience shows more digits than its figure has."""

import re
from collections.abc import Iterator, Mapping

import aiohttp
import pytest

from experience_apis.executive.reasons import FigureName
from gateway.demo.play import Stage
from gateway.demo.visitor import Visitor
from gateway.identity import authorization_server
from gateway.people import Wish, holder_of
from system_apis.canonical.money import minor_unit
from tests.security.routes.table import ROUTES

DAYS, AHEAD = "start=2026-10-01&end=2026-10-31", "start=2026-11-01&end=2027-01-31"
EXPERIENCE = "/experience/"
NUMBER = re.compile(r"\A-?[0-9]+\.[0-9]+\Z")
HOURS, SHARE, RATE = 2, 4, 6
# What is told finer than hours: shares, what was measured in seconds, and the parts of a sum.
FINER = {
    "machine_seconds": 3,
    **dict.fromkeys(("percent_complete", "value"), RATE),
    **dict.fromkeys(
        (
            *("accuracy", "bias", "wape", "within", "completeness", "data_completeness"),
            "human_share",
            *("leakage_rate", "on_time_rate", "submitted_rate", "value_rate", "rate"),
            *("margin_pct", "margin_share", "planned_margin", "price_difference_pct"),
            *("realization", "rate_realization", "billing_realization"),
            *("share", "target", "utilization", "of_full_time", "quantity"),
        ),
        SHARE,
    ),
}
# Who asks for what; in the place of `{}` goes each record of the list that is named behind it.
ASKED: Mapping[str, tuple[str, str, str | None]] = {
    "/delivery/v1/projects": ("U-FI1", "", None),
    "/delivery/v1/projects/{}": ("U-FI1", "", "/delivery/v1/projects"),
    "/delivery/v1/projects/{}/progress": ("U-FI1", "", "/delivery/v1/projects"),
    "/delivery/v1/projects/{}/billing": ("U-FI1", DAYS, "/delivery/v1/projects"),
    "/executive/v1/kpis": ("U-CF1", DAYS, None),
    "/executive/v1/explanations": ("U-CF1", f"figure={{}}&{DAYS}", "figures"),
    "/finance/v1/readiness": ("U-FI1", "", None),
    "/finance/v1/invoices": ("U-FI1", "", None),
    "/finance/v1/invoices/{}": ("U-FI1", "", "/finance/v1/invoices"),
    "/finance/v1/credit-notes": ("U-FI1", "", None),
    "/finance/v1/held": ("U-FI1", "", None),
    "/finance/v1/receivables": ("U-FI1", "", None),
    "/finance/v1/results": ("U-FI1", "month=2026-10", None),
    "/finance/v1/explanations/invoices/{}": ("U-FI1", "", "/finance/v1/invoices"),
    "/finance/v1/explanations/revenue/{}": ("U-FI1", "month=2026-10", "/delivery/v1/projects"),
    "/finance/v1/explanations/billing-events/{}": (
        "U-FI1",
        "",
        "/process/project-to-cash/v1/billing-events",
    ),
    "/finance/v1/explanations/payments/{}": ("U-FI1", "", "/process/project-to-cash/v1/receipts"),
    "/finance/v1/explanations/orders/{}": ("U-FI1", "", "/system/procurement/v1/purchase-orders"),
    "/finance/v1/explanations/bills/{}": ("U-FI1", "", "/process/procure-to-pay/v1/bills"),
    "/operations/v1/incidents": ("U-OP1", "", None),
    "/staffing/v1/requests": ("U-RM1", "", None),
    "/staffing/v1/capacity": ("U-RM1", AHEAD, None),
    "/staffing/v1/over-allocations": ("U-RM1", AHEAD, None),
    "/staffing/v1/forecasts": ("U-FD1", "start=2026-10-01&end=2027-01-31", None),
    "/staffing/v1/replans": ("U-RM1", "", None),
    "/worklist/v1": ("U-FI1", "", None),
}


def too_fine(told: object, name: str = "") -> Iterator[str]:
    """Yield what shows more decimals than its field has, or than its currency."""
    if isinstance(told, Mapping):
        for key, each in told.items():
            yield from _of_money(told, name) if key == "amount" else too_fine(each, key)
    elif isinstance(told, list):
        for each in told:
            yield from too_fine(each, name)
    elif not isinstance(told, bool) and _decimals(told) > FINER.get(name, HOURS):
        yield f"{name}: {told}"


def _of_money(told: Mapping[str, object], name: str) -> Iterator[str]:
    """Yield an amount that is no whole number of its currency's smallest units."""
    currency = told.get("currency")
    if not isinstance(currency, str):
        yield from too_fine(told["amount"], "amount")
    elif _decimals(told["amount"]) > _decimals(f"{minor_unit(currency):f}"):
        yield f"{name}: {told['amount']} {currency}"


def _decimals(told: object) -> int:
    text = str(told)
    return len(text.partition(".")[2]) if NUMBER.match(text) else 0


def test_every_answer_of_an_experience_is_looked_at() -> None:
    """One that is new is asked for too."""
    there = {
        re.sub(r"\{[a-z_]+\}", "{}", each.address).removeprefix(EXPERIENCE.rstrip("/"))
        for each in ROUTES
        if each.address.startswith(EXPERIENCE) and each.method == "GET"
    }

    assert there == set(ASKED)


@pytest.mark.parametrize(
    ("told", "wrong"),
    [
        ({"hours": "123.0666"}, ["hours: 123.0666"]),
        ({"hours": "123.07", "share": "0.1234", "at": [1.5, {"hours": 1.125}]}, ["hours: 1.125"]),
        ({"net": {"amount": "1.5", "currency": "JPY"}}, ["net: 1.5 JPY"]),
        ({"net": {"amount": "1.500", "currency": "KWD"}}, []),
    ],
)
def test_what_is_too_fine_is_found(told: object, wrong: list[str]) -> None:
    """Hours to two decimals, money to those of its currency, shares to their own."""
    found = list(too_fine(told))

    assert found == wrong


@pytest.mark.soak
@pytest.mark.timeout(900)
@pytest.mark.asyncio(loop_scope="session")
@pytest.mark.xdist_group("month")
async def test_no_answer_about_the_firms_month_shows_more_digits_than_its_figure_has(
    month: Stage,
) -> None:
    """Northwind's October is played, and then everything is looked at that people are shown."""
    settings, gateway = month.settings, month.gateway
    wrong: dict[str, list[str]] = {}
    async with aiohttp.ClientSession() as session:
        server = authorization_server(settings, gateway.firm, gateway.base.keys)
        visitor = Visitor(
            f"http://{settings.host}:{settings.port}",
            session,
            lambda who: server.issue(holder_of(Wish(who=who), gateway.firm)),
        )
        told: dict[str, list[str]] = {"figures": list(FigureName)}
        for path, (who, query, listed) in ASKED.items():
            if listed and listed not in told:
                told[listed] = _ids(await visitor.get(who, listed, dict[str, object]))
            for one in told[listed] if listed else [""]:
                at = f"{EXPERIENCE.rstrip('/')}{path.format(one)}?{query.format(one)}"
                answer = await visitor.get(who, at, dict[str, object])
                told[path] = _ids(answer)
                if found := sorted(set(too_fine(answer))):
                    wrong[at] = found

    assert wrong == {}


def _ids(answer: Mapping[str, object]) -> list[str]:
    """Return by which ids the records of a list are asked for."""
    items = answer.get("items")
    rows = [each for each in items if isinstance(each, Mapping)] if isinstance(items, list) else []
    return [str(each.get("id") or each.get("project_number")) for each in rows]
