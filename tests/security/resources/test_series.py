"""Strangers do not fill the metrics, however many things they ask for (MX-02 to MX-04)."""

from pathlib import Path

from litestar.types import Message, Scope

from tests.gateway.house import House
from tests.gateway.orders import orders_api

ODD = 20_000
METHODS = ("GET", "POST", "PUT", "BREW", "GET\n", "ＧＥＴ")


def asked(number: int) -> dict[str, object]:
    """Return the scope of a request that nobody answers, different every time."""
    path = f"/{'system/' * (number % 3)}{number}/person-{number}"
    return {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": METHODS[number % len(METHODS)],
        "scheme": "http",
        "path": path,
        "raw_path": path.encode(),
        "root_path": "",
        "query_string": b"",
        "headers": [(b"host", b"localhost"), (b"user-agent", b"agent-%d" % number)],
        "client": (f"10.0.{number // 256 % 256}.{number % 256}", 1),
        "server": ("127.0.0.1", 80),
        "state": {},
    }


async def test_thousands_of_odd_requests_add_a_handful_of_series(tmp_path: Path) -> None:
    """Every one has another path, address, agent and person, and none of them is a label."""
    house = House(tmp_path)
    app = house.app(orders_api())

    async def receive() -> Message:
        return {"type": "http.request", "body": b"", "more_body": False}  # type: ignore[return-value]  # its union

    async def send(_: Message) -> None:
        return None

    before = house.governance.metrics.render()
    for number in range(ODD):
        scope: Scope = asked(number)  # type: ignore[assignment]  # the parts that there are
        await app(scope, receive, send)
    after = house.governance.metrics.render()
    await house.close()

    assert after.count(b"\n") - before.count(b"\n") < 200
    assert b"person-" not in after
    assert b"agent-" not in after
    assert b"BREW" not in after
