"""A system that fails calls who is on call, by real Prometheus and Alertmanager."""

from pathlib import Path

import pytest

from tests.installed import had
from tests.observability.prometheus import program
from tests.observability.watched import Called, watched
from tests.stories.engagement import scene
from tests.stories.people import until

AWAY = {"rules": [{"instance": "erp-b", "kind": "503-before"}]}
PAGED = Called("on-call", "StrataSystemFailing", "erp-b")


@pytest.mark.real
@pytest.mark.xdist_group("alerts")
async def test_a_system_that_fails_calls_who_is_on_call_and_nothing_else_does(
    tmp_path: Path,
) -> None:
    """The page names the system; what is less urgent is not told beside it."""
    had(lambda: program("prometheus"))
    async with scene(tmp_path) as stage:
        token = stage.people.token_of("operator")
        async with watched(tmp_path / "watch", (stage.gateway.base_url, token)) as watch:
            told = watch.told
            await stage.settled()
            before = list(told)
            await stage.operator.fail(**AWAY)

            async def paged() -> bool:
                return PAGED in told

            await until(paged, "a page about erp-b")

    assert before == []
    assert set(told) == {PAGED}
