"""The demo as a stranger runs it: a command, its exit code and what it prints."""

import asyncio
import json
import shutil
import socket
import sys
from pathlib import Path

FIRM = Path(__file__).parents[2] / "northwind"


async def demo(data_dir: Path, *arguments: str) -> tuple[int, str, str]:
    child = await asyncio.create_subprocess_exec(
        sys.executable,
        "-c",
        "from gateway.cli import main; main()",
        "demo",
        "--once",
        *arguments,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env={"STRATA_DATA_DIR": str(data_dir), "PATH": "/usr/bin:/bin"},
        cwd=FIRM.parent,
    )
    out, err = await asyncio.wait_for(child.communicate(), 120)
    assert child.returncode is not None
    return child.returncode, out.decode(), err.decode()


def free_port() -> str:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return str(probe.getsockname()[1])


def project(invoice: dict[str, object]) -> str:
    return str(invoice["project"])


async def test_the_demo_computes_the_firms_month_and_exits_0(tmp_path: Path) -> None:
    """Every figure that is computed is as expected, and what is not computed is named."""
    code, out, err = await demo(tmp_path, "--json", "--port", free_port())
    computed = json.loads(out)
    expected = json.loads((FIRM / "expected.json").read_text())

    assert code == 0, err
    assert sorted(computed["invoices"], key=project) == sorted(expected["invoices"], key=project)
    assert computed["readiness"] == expected["readiness"]
    assert "group" in computed["not_computed"]
    assert "1 answer(s) of the ERP were lost" in err


async def test_the_demo_names_what_differs_and_exits_1(tmp_path: Path) -> None:
    """A wrong cent is not passed over."""
    firm = tmp_path / "firm"
    shutil.copytree(FIRM, firm)
    expected = json.loads((firm / "expected.json").read_text())
    expected["invoices"][0]["gross"] = "58640.51"
    (firm / "expected.json").write_text(json.dumps(expected))

    code, out, _ = await demo(tmp_path / "data", "--firm", str(firm), "--port", free_port())

    assert code == 1
    assert "58640.51" in out


async def test_a_busy_port_is_an_error_that_names_the_remedy(tmp_path: Path) -> None:
    """Nothing is started, and nothing is deleted."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        code, _, err = await demo(tmp_path, "--port", str(taken.getsockname()[1]))

    assert code == 1
    assert "PORT=" in err


async def test_a_directory_without_a_firm_is_an_error_that_names_the_remedy(tmp_path: Path) -> None:
    """The demo says what it misses."""
    code, _, err = await demo(tmp_path, "--firm", str(tmp_path))

    assert code == 1
    assert "fixture.json" in err
