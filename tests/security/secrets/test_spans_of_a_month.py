"""Whoever collects the traces of a whole month learns of no person, no client and no amount."""

from pathlib import Path

import pytest

from tests.firms.demo import demo
from tests.forked import ROOT
from tests.security.secrets.spans import told_of, watched_by
from tests.stories.collector import collecting

NORTHWIND = ROOT / "northwind"
WATCHED = ("GET /", "POST /", "system.crm ", "system.erp ", "system.psa ", "project-to-cash.")


@pytest.mark.soak
@pytest.mark.timeout(1200)
async def test_no_span_of_northwinds_month_tells_of_people_clients_or_money(
    tmp_path: Path,
) -> None:
    """Not in its name, attributes, events, status, links or resource, and all are kept."""
    async with collecting() as collector:
        await demo(tmp_path, "--json", **watched_by(collector))

    assert told_of(NORTHWIND, collector) == set()
    assert [each for each in WATCHED if not collector.knows(each)] == []
