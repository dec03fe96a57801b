"""Real Prometheus and Alertmanager that watch a gateway, and what they tell people on call."""

import asyncio
import json
import socket
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import aiohttp
from aiohttp import web
from msgspec import Struct

from gateway.apis import APIS
from gateway.objectives.rules import Clockwork
from gateway.objectives.written import written
from governance.objectives import ObjectiveTerms
from tests.observability.prometheus import program, templates

# An hour is two minutes, five minutes are ten seconds.
FASTER = 30
TELLER = web.AppKey("told", list["Called"])


class Watched(Struct, frozen=True):
    """Who was called, as it happens, and where Prometheus answers what it is asked."""

    told: "list[Called]"
    address: str

    async def asked(self, path: str, query: str) -> list[dict[str, Any]]:
        """Return what Prometheus finds; nothing before it listens."""
        with suppress(aiohttp.ClientConnectorError):
            async with (
                aiohttp.ClientSession(self.address) as session,
                session.get(f"/api/v1/{path}", params={"query": query}) as reply,
            ):
                # 503 until it has read what it kept.
                found = (await reply.json())["data"] if reply.status == 200 else []
                return found["result"] if isinstance(found, dict) else found
        return []

    async def number(self, query: str) -> float | None:
        """Return the one figure that Prometheus finds, if it finds one."""
        found = await self.asked("query", query)
        return float(found[0]["value"][1]) if found else None


class Called(Struct, frozen=True):
    """One alert that somebody was told of: as a page or as a ticket."""

    way: str
    alert: str
    instance: str | None


@asynccontextmanager
async def watched(folder: Path, *gateways: tuple[str, str]) -> AsyncIterator[Watched]:
    """Watch gateways, each by its address and a token, until the block ends."""
    prometheus, alertmanager = _free_port(), _free_port()
    async with AsyncExitStack() as open_parts:
        told: list[Called] = []
        pager = await open_parts.enter_async_context(_pager(told))
        _write(folder, gateways, alertmanager=alertmanager, pager=pager)
        for name, place, *words in (
            (
                "prometheus-alertmanager",
                templates(),
                f"--config.file={folder}/alertmanager.yml",
                f"--web.listen-address=127.0.0.1:{alertmanager}",
                "--cluster.listen-address=",
                f"--storage.path={folder}/alerts",
            ),
            (
                "prometheus",
                folder,
                "--config.file=prometheus.yml",
                f"--web.listen-address=127.0.0.1:{prometheus}",
                "--storage.tsdb.path=series",
                "--enable-feature=exemplar-storage",
            ),
        ):
            await open_parts.enter_async_context(_running(name, words, place, folder))
        yield Watched(told, f"http://127.0.0.1:{prometheus}")


def _write(
    folder: Path, gateways: Sequence[tuple[str, str]], *, alertmanager: int, pager: str
) -> None:
    """Write the files that are made from the objectives down, for this place and this pace."""
    folder.mkdir()
    made = written([module.POLICY for module in APIS], ObjectiveTerms(), Clockwork(FASTER))
    (folder / "rules.yml").write_bytes(made["rules.yml"])
    scraping, calling = (_read(made[f"{name}.yml"]) for name in ("prometheus", "alertmanager"))
    scraping["global"] = {"scrape_interval": "2s", "scrape_timeout": "2s"}
    [scraped] = scraping["scrape_configs"]
    scraping["scrape_configs"] = [
        _scraped(scraped, folder, number, *each) for number, each in enumerate(gateways)
    ]
    [told] = scraping["alerting"]["alertmanagers"]
    told["static_configs"] = [{"targets": [f"127.0.0.1:{alertmanager}"]}]
    calling["route"] |= {"group_wait": "1s", "group_interval": "1s"}
    for receiver in calling["receivers"]:
        receiver["webhook_configs"] = [{"url": f"{pager}/{receiver['name']}"}]
    (folder / "prometheus.yml").write_text(json.dumps(scraping))
    (folder / "alertmanager.yml").write_text(json.dumps(calling))


def _scraped(
    job: dict[str, Any], folder: Path, number: int, gateway: str, token: str
) -> dict[str, Any]:
    """Return the job of one gateway, with the token that it takes."""
    (folder / f"token{number}").write_text(token)
    return job | {
        "job_name": f"{job['job_name']}-{number}" if number else job["job_name"],
        "authorization": {"credentials_file": f"token{number}"},
        "static_configs": [{"targets": [gateway.removeprefix("http://")]}],
    }


def _read(text: bytes) -> dict[str, Any]:
    return json.loads(text.partition(b"\n")[2])


@asynccontextmanager
async def _pager(told: list[Called]) -> AsyncIterator[str]:
    """Take what Alertmanager sends, at the address that is yielded."""
    app = web.Application()
    app[TELLER] = told
    app.router.add_post("/{way}", _take)
    runner = web.AppRunner(app)
    await runner.setup()
    port = _free_port()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        await runner.cleanup()


async def _take(request: web.Request) -> web.Response:
    for each in (await request.json())["alerts"]:
        if each["status"] == "firing":
            labels = each["labels"]
            called = Called(request.match_info["way"], labels["alertname"], labels.get("instance"))
            request.app[TELLER].append(called)
    return web.Response()


@asynccontextmanager
async def _running(name: str, words: list[str], place: Path, folder: Path) -> AsyncIterator[None]:
    with (folder / f"{name}.log").open("wb") as log:
        process = await asyncio.create_subprocess_exec(
            program(name), *words, cwd=place, stdout=log, stderr=log
        )
        try:
            yield
            assert process.returncode is None, (folder / f"{name}.log").read_text()[-3000:]
        finally:
            if process.returncode is None:
                process.kill()
            await process.wait()


def _free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])
