"""The key figures of the firm's month are the same to the cent, wherever they were read."""

import asyncio
from collections.abc import AsyncIterator
from datetime import date
from pathlib import Path

import pytest
from msgspec.structs import replace

from experience_apis.executive.asked import Part, scope, window
from experience_apis.executive.figuring import KeyFiguring
from experience_apis.executive.page import KeyFigures
from experience_apis.executive.sources import Asked
from gateway.demo.play import Stage
from gateway.parts.key_figures import key_figuring
from gateway.parts.models import models_of
from governance.access import Caller, acting_as
from tests.stores import empty_store

pytestmark = [
    pytest.mark.soak,
    pytest.mark.timeout(900),
    pytest.mark.asyncio(loop_scope="session"),
    pytest.mark.xdist_group("month"),
]
PARTS = [Part(), Part(legal_entity="NWA-DE"), Part(client_number="nobody")]
WINDOWS = [
    (date(2026, 10, 1), date(2026, 10, 31)),
    (date(2026, 10, 7), date(2026, 10, 20)),
    (date(2026, 8, 15), date(2026, 11, 10)),
]


def _live(stage: Stage, path: Path) -> KeyFiguring:
    """Return what works figures out whose read models were never built."""
    work = stage.gateway.work
    aside = replace(stage.gateway.base, store=empty_store(path))
    never_built = models_of(aside, work.systems)
    return key_figuring(
        stage.gateway.firm,
        stage.gateway.base,
        work.systems,
        never_built,
        work.billing,
        work.shown.set_up_waits,
    )


async def _pages(stage: Stage, figuring: KeyFiguring) -> AsyncIterator[KeyFigures]:
    """Yield the page of every part over all windows, as who sees the whole firm is told it."""
    firm, engagements = stage.gateway.firm, stage.gateway.work.engagements
    caller = Caller(
        subject="U-CF1", client_id="tests", scopes=frozenset(), entities=frozenset(firm.codes)
    )
    with acting_as(caller):
        sight = await engagements.sight(caller)
        seen = sight.of(await engagements.listed(caller.entities))
        for part in PARTS:
            for start, end in WINDOWS:
                asked = Asked(
                    window=window(start, end, figuring.now()),
                    scope=scope(part, sight, seen, figuring.companies),
                    engagements=seen,
                )
                yield await figuring.all(asked)


async def _told(stage: Stage, figuring: KeyFiguring, *, from_models: bool) -> list[KeyFigures]:
    """Return the pages, all of them read from the models or none, but for where they were."""
    pages = [each async for each in _pages(stage, figuring)]
    assert {one.from_model for each in pages for one in each.read_from} == {from_models}
    return [replace(each, read_from=()) for each in pages]


async def test_read_models_tell_the_months_figures_as_the_systems_do_also_after_a_rebuild(
    month: Stage, tmp_path: Path
) -> None:
    """Every figure of every part over whole and broken months, with the records behind it."""
    shown, models = month.gateway.work.shown.key_figuring, month.gateway.work.shown.read_models
    live = await _told(month, _live(month, tmp_path / "aside.db"), from_models=False)
    kept = await _told(month, shown, from_models=True)
    with acting_as(Caller(subject="U-OP1", client_id="tests", scopes=frozenset())):
        for each in models.sources:
            await models.states.ask(each, "anew")
    while any(each.is_building for each in await models.views()):
        await asyncio.sleep(0.1)

    assert any(each.dso.figure and each.dso.figure.receivables_reporting for each in live)
    assert kept == live
    assert await _told(month, shown, from_models=True) == live
    assert {each.differed for each in await models.views()} == {0}
