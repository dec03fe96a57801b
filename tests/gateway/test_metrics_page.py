"""What a scraper gets: in the form it reads, and with the traces that somebody can look at."""

import asyncio
from asyncio.subprocess import PIPE, STDOUT

import pytest
from prometheus_client.openmetrics.parser import text_string_to_metric_families as openmetrics
from prometheus_client.parser import text_string_to_metric_families as text

from observability.metrics import Form, form_for
from system_apis.errors import TryAgain
from tests.gateway.house import Answer, Caller, House
from tests.gateway.orders import KNOWN_ID
from tests.installed import had
from tests.observability.prometheus import program

SCRAPER = frozenset({"governance:metrics:read"})
ORDERS = "/system/orders/v1/orders"
TRACES = ("4bf92f3577b34da6a3ce929d0e0e4736", "5bf92f3577b34da6a3ce929d0e0e4736")
# What Prometheus 2.42 and 3.5 say.
OLDER = "application/openmetrics-text;version=1.0.0,text/plain;version=0.0.4;q=0.5,*/*;q=0.1"
NEWER = (
    "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,"
    "application/openmetrics-text;version=0.0.1;q=0.5,"
    "text/plain;version=1.0.0;escaping=allow-utf-8;q=0.4,text/plain;version=0.0.4;q=0.3,*/*;q=0.2"
)


@pytest.mark.parametrize(
    ("accept", "form"),
    [
        ("", Form.OPENMETRICS),
        ("*/*", Form.OPENMETRICS),
        (OLDER, Form.OPENMETRICS),
        (NEWER, Form.OPENMETRICS),
        ("text/plain", Form.TEXT),
        ("application/openmetrics-text;q=0.2, text/plain;version=0.0.4;q=0.9", Form.TEXT),
        ("Text/Plain", Form.TEXT),
        ("application/openmetrics-text;q=0, text/plain", Form.TEXT),
        ("text/plain;q=nan, application/openmetrics-text;q=1e9", Form.OPENMETRICS),
    ],
)
def test_a_scraper_gets_the_form_that_it_likes_best(accept: str, form: Form) -> None:
    """OpenMetrics, when it does not care."""
    assert form_for(accept) is form


async def test_both_forms_say_the_same_and_are_read(house: House, caller: Caller) -> None:
    """By the parser of each, and by Prometheus' own checker."""
    await caller.send("GET", f"{ORDERS}/{KNOWN_ID}")
    rich = await _page(house, caller, OLDER)
    plain = await _page(house, caller, "text/plain")
    counted = [
        {each.name for family in families for each in family.samples if "_bucket" in each.name}
        for families in (openmetrics(rich.body.decode()), text(plain.body.decode()))
    ]

    assert rich.headers["content-type"].startswith("application/openmetrics-text; version=1.0.0")
    assert plain.headers["content-type"].startswith("text/plain; version=0.0.4")
    assert counted[0] == counted[1] > set()
    promtool = had(lambda: program("promtool"))
    checking = await asyncio.create_subprocess_exec(
        promtool, "check", "metrics", stdin=PIPE, stdout=PIPE, stderr=STDOUT
    )
    said, _ = await checking.communicate(plain.body)
    assert (checking.returncode, said) == (0, b"")


async def test_a_timing_names_its_trace_only_when_somebody_can_look_at_it(
    house: House, caller: Caller
) -> None:
    """One that the caller wants kept, and one that failed; not one that was neither."""
    kept, unkept = TRACES
    await _asked(caller, KNOWN_ID, f"00-{unkept}-00f067aa0ba902b7-00")
    none = await _named(house, caller)
    await _asked(caller, KNOWN_ID, f"00-{kept}-00f067aa0ba902b7-01")
    asked = await _named(house, caller)
    house.desk.raises.append(TryAgain("desk", "away"))
    await _asked(caller, KNOWN_ID, f"00-{unkept}-00f067aa0ba902b7-00")
    failed = await _named(house, caller)

    sent = {f"{each.get_span_context().trace_id:032x}" for each in house.spans.get_finished_spans()}
    assert none == {}
    assert asked == {"http_server_request_duration_seconds": {kept}}
    assert failed["http_server_request_duration_seconds"] == {kept, unkept} == sent


async def _asked(caller: Caller, order: str, traceparent: str) -> None:
    await caller.send("GET", f"{ORDERS}/{order}", headers={"traceparent": traceparent})


async def _page(house: House, caller: Caller, accept: str) -> Answer:
    """Return what somebody gets who may scrape."""
    headers = {"accept": accept}
    return await caller.send("GET", "/metrics", token=house.token(scopes=SCRAPER), headers=headers)


async def _named(house: House, caller: Caller) -> dict[str, set[str]]:
    """Return the traces that each histogram names."""
    page = (await _page(house, caller, OLDER)).body.decode()
    found: dict[str, set[str]] = {}
    for family in openmetrics(page):
        traces = {each.exemplar.labels["trace_id"] for each in family.samples if each.exemplar}
        if traces:
            found[family.name] = traces
    return found
