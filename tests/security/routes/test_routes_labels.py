"""Whatever strangers ask for, the metrics and the log keep to words of their own."""

import asyncio
import re
from itertools import product

import pytest

from gateway.inbound.watch import METHODS, UNMATCHED
from tests.security.routes.attacked import Attacked
from tests.security.routes.table import ROUTES

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.xdist_group("routes")]
MARK = "zq7"
ODD = [
    "/{m}/{n}",
    "/system/{m}/v1/{n}",
    "/system/erp/v{n}/{m}",
    "/system/erp/v1/invoices/{m}{n}",
    "/system/erp/v1/invoices?{m}={n}",
    "/system/erp/v1/invoices?number={m}{n}",
    "/governance/v1/audit/{m}/{n}",
    "/docs/{m}{n}",
    "/oauth/{m}{n}",
    "/.well-known/{m}{n}",
]
VERBS = ("GET", "POST", "DELETE", f"{MARK.upper()}", "PURGE")
_LABEL = re.compile(r'(\w+)="((?:[^"\\]|\\.)*)"')
_SERIES = re.compile(r"^(\w+)\{(.*)\} ", re.MULTILINE)


async def labels(site: Attacked) -> dict[str, set[str]]:
    """Return the values of every label."""
    text = (await site.send("GET", "/metrics")).body.decode()
    found: dict[str, set[str]] = {}
    for _, pairs in _SERIES.findall(text):
        for name, value in _LABEL.findall(pairs):
            found.setdefault(name, set()).add(value)
    return found


async def test_a_thousand_odd_requests_add_no_word_to_the_metrics(site: Attacked) -> None:
    """Routes are the addresses that there are, methods the known ones, and nobody is named."""
    before = await labels(site)
    lane = asyncio.Semaphore(16)

    async def ask(verb: str, path: str, number: int) -> int:
        headers = {"user-agent": f"{MARK}{number}", "x-request-id": f"{MARK}{number}"}
        async with lane:
            at = path.format(m=MARK, n=number)
            return (await site.send(verb, at, headers=headers)).status

    asked = product(VERBS, ODD, range(20))
    statuses = set(await asyncio.gather(*(ask(*each) for each in asked)))
    after = await labels(site)

    assert statuses <= {200, 400, 404, 405}
    assert after["route"] - before["route"] <= {UNMATCHED, "/metrics", *(r.address for r in ROUTES)}
    assert after["method"] <= METHODS | {"_OTHER"}
    assert after.keys() == before.keys()
    added = {name: after[name] - before[name] for name in after.keys() - {"route", "status", "le"}}
    assert {name for name, values in added.items() if values - METHODS - {"_OTHER"}} == set()
    assert not [value for values in after.values() for value in values if MARK in value.lower()]


async def test_nothing_that_was_sent_is_written_in_the_log(site: Attacked) -> None:
    """Neither tokens nor addresses nor bodies of strangers are in the gateway's log."""
    token = site.callers.token(site.callers.anybody())
    await site.send("GET", f"/system/erp/v1/invoices/{MARK}-path?{MARK}-query=1", token=token)
    await site.send("PUT", "/governance/v1/clock", body=f'{{"{MARK}-body":1}}'.encode())

    log = site.log()
    assert '"route"' in log
    assert MARK not in log
    assert token.split(".")[1] not in log
    assert not [secret for secret in site.secrets if secret in log]
