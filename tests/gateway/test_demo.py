"""The demo as a stranger runs it: a command, its exit code and what it prints."""

import asyncio
import json
import re
import shutil
import socket
import sys
from pathlib import Path

import aiohttp

from gateway.demo.play import look_next, set_stage
from gateway.settings import Settings
from tests.firms.demo import demo, free_port

FIRM = Path(__file__).parents[2] / "northwind"
LED_BY = {
    *("utilization", "utilization_forecast", "dso"),
    *("approval_latency_hours", "time_entry_compliance"),
}


# What the facts call accepted waits for an approver as well, and is not found with anything.
STATUS = {"block": "blocked", "hold": "held", "warn": "submitted", "accept": "submitted"}


def judged() -> dict[str, dict[str, str]]:
    """Return what the firm expects of the time and expenses that are handed in, by number."""
    facts = json.loads((FIRM / "fixture.json").read_text())
    return {each["id"]: each["expect"] for each in facts["bad_time_entries"] + facts["expenses"]}


def project(invoice: dict[str, object]) -> str:
    return str(invoice["project"])


async def test_the_demo_computes_the_firms_month_and_exits_0(tmp_path: Path) -> None:
    """Every figure that is computed is as expected, and what is not computed is named.

    The hours and expenses that the firm's policy judges end as they are expected to.
    """
    code, out, err = await demo(tmp_path, "--json")
    computed = json.loads(out)
    expected = json.loads((FIRM / "expected.json").read_text())

    assert code == 0, err
    assert sorted(computed["invoices"], key=project) == sorted(expected["invoices"], key=project)
    assert computed["readiness"] == expected["readiness"]
    assert computed["group"] == expected["group"]
    assert computed.keys() >= LED_BY
    assert "1 answer(s) of the ERP were lost" in err
    for number, expect in judged().items():
        status = STATUS[expect["action"]]
        assert (
            f"{number} is {status}{', ' if 'code' in expect else ''}{expect.get('code', '')}" in err
        )
        assert "excess" not in expect or f"{expect['excess']} EUR over" in err
        refused = re.search(rf"rejects: [^:]+: {number}, ", " ".join(err.split()))
        assert bool(refused) == (expect["action"] in {"hold", "warn"}), err


async def test_the_token_that_the_demo_names_opens_its_gateway(tmp_path: Path) -> None:
    """Wherever it listens, and whatever its data directory."""
    settings = Settings(data_dir=str(tmp_path / "a folder"), port=int(free_port()))
    async with set_stage(settings) as stage, aiohttp.ClientSession() as session:
        said = look_next(stage.settings)
        child = await asyncio.create_subprocess_shell(
            said.split("`")[1],
            stdout=asyncio.subprocess.PIPE,
            env={"PATH": str(Path(sys.executable).parent)},
            cwd=tmp_path,
        )
        out, _ = await child.communicate()
        address = f"http://127.0.0.1:{settings.port}/system/crm/v2/clients"
        sent = {"Authorization": f"Bearer {out.decode().strip()}"}
        async with session.get(address, headers=sent) as answer:
            status = answer.status

    assert f"http://127.0.0.1:{settings.port}/docs" in said
    assert status == 200


async def test_a_busy_port_is_an_error_that_names_the_remedy(tmp_path: Path) -> None:
    """Nothing is started, and nothing is deleted."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        code, _, err = await demo(tmp_path, "--port", str(taken.getsockname()[1]))

    assert code == 1
    assert "PORT=" in err


async def test_a_firm_that_cannot_be_played_is_an_error_for_people_and_programs(
    tmp_path: Path,
) -> None:
    """It names file, field and remedy, and nothing is started or written."""
    firm = tmp_path / "firm"
    shutil.copytree(FIRM, firm)
    facts = json.loads((firm / "fixture.json").read_text())
    facts["contracts"][1]["price"] = "much"
    (firm / "fixture.json").write_text(json.dumps(facts))

    code, out, err = await demo(tmp_path / "data", "--firm", str(firm), "--json")
    told = json.loads(out)["error"]

    assert code == 1
    assert Path(told["file"]).name == "fixture.json"
    assert told["field"] == "contracts[1].price"
    assert told["remedy"] in err
    assert "Traceback" not in err
    assert not (tmp_path / "data").exists()


async def test_a_directory_without_a_firm_is_an_error_that_names_the_remedy(tmp_path: Path) -> None:
    """The demo says what it misses."""
    code, out, err = await demo(tmp_path, "--firm", str(tmp_path))

    assert (code, out) == (1, "")
    assert "fixture.json: no such file or directory" in err
    assert "--firm" in err
