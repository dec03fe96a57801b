"""What shows that a control holds: one attack each, and whether it came to nothing."""

from collections.abc import Awaitable, Callable
from datetime import timedelta

from governance.authorization_server.access_tokens import AccessTokens, Holder
from governance.authorization_server.config import Config
from tests.gateway.house import ISSUER, SCOPES, Caller, House
from tests.gateway.orders import KNOWN_ID

ORDERS = "/system/orders/v1/orders"
NOTE = f"{ORDERS}/{KNOWN_ID}/notes"
GOOD = b'{"text":"x","amount":{"amount":"1.00","currency":"USD"}}'
ORDER = b'{"number":"O-1","total":{"amount":"10.00","currency":"USD"}}'
SECRET = "eyJhbGciOi.hunter2.xyz"
Held = Callable[[House, Caller], Awaitable[bool]]
Forged = Callable[[House], str]


def answered(path: str, *statuses: int) -> Held:
    """A read is refused, and no handler is entered."""

    async def held(house: House, caller: Caller) -> bool:
        answer = await caller.send("GET", path)
        return answer.status in statuses and house.desk.entered == 0

    return held


def noted(body: bytes, status: int, **headers: str) -> Held:
    """A note is refused, and no handler is entered."""

    async def held(house: House, caller: Caller) -> bool:
        said = {name.replace("_", "-"): value for name, value in headers.items()}
        answer = await caller.send("POST", NOTE, body=body, headers=said)
        return answer.status == status and house.desk.entered == 0

    return held


def headed(head: bytes, status: int, first: bytes = b"GET %b HTTP/1.1") -> Held:
    """A head is refused, and no handler is entered."""

    async def held(house: House, caller: Caller) -> bool:
        token = f"Authorization: Bearer {caller.token}\r\n".encode()
        request = first % ORDERS.encode() + b"\r\n" + head + token
        found = await caller.raw(request + b"Connection: close\r\n\r\n")
        return found.startswith(b"HTTP/1.1 %d " % status) and house.desk.entered == 0

    return held


def unbelieved(forged: Forged) -> Held:
    """A token is none."""

    async def held(house: House, caller: Caller) -> bool:
        answer = await caller.send("GET", ORDERS, token=forged(house))
        return answer.status == 401 and house.desk.entered == 0

    return held


def good(house: House) -> str:
    """Return a token as it should be."""
    return house.token()


def unsigned(house: House) -> str:
    """Return a token with a signature of nobody's."""
    return f"{house.token().rpartition('.')[0]}.{'A' * 86}"


def expired(house: House) -> str:
    """Return a token of an hour ago."""
    token = house.token()
    house.wall.set(house.wall.now() + timedelta(hours=1))
    return token


def of_another_layer(house: House) -> str:
    """Return a token for processes."""
    tokens = AccessTokens(Config(issuer=ISSUER, audience=ISSUER), house.keys, house.wall.now)
    holder = Holder(subject="ana", client_id="robot", scopes=SCOPES)
    return tokens.issue(holder, resources=frozenset({f"{ISSUER}/process"}))


async def permitted(house: House, caller: Caller) -> bool:
    """Who may read may not write."""
    reader = house.token(scopes=frozenset({"system:orders:read"}))
    answer = await caller.send("POST", NOTE, body=GOOD, token=reader)
    return answer.status == 403 and house.desk.entered == 0


async def named(house: House, caller: Caller) -> bool:
    """Who says nothing is not let in."""
    answer = await caller.send("GET", ORDERS, token=None)
    return answer.status == 401 and house.desk.entered == 0


async def counted(_: House, caller: Caller) -> bool:
    """The sixth of five calls is refused."""
    return [(await caller.send("GET", ORDERS)).status for _ in range(6)][-1] == 429


async def tired_of_strangers(_: House, caller: Caller) -> bool:
    """Who guesses too often is turned away."""
    return [(await caller.send("GET", ORDERS, token="x")).status for _ in range(6)][-1] == 429


async def done_once(house: House, caller: Caller) -> bool:
    """A command under one key is done once."""
    for _ in range(2):
        await caller.place(ORDER, "key-1")
    return len(house.desk.orders) == 1


async def one_command(_: House, caller: Caller) -> bool:
    """A key stands for one command."""
    await caller.place(ORDER, "key-1")
    return (await caller.place(ORDER.replace(b"10.00", b"99.00"), "key-1")).status == 422


async def one_persons(house: House, caller: Caller) -> bool:
    """A key is its sender's own."""
    await caller.place(ORDER, "key-1")
    await caller.place(ORDER, "key-1", token=house.token("ben"))
    return len(house.desk.orders) == 2


async def seen_still(house: House, caller: Caller) -> bool:
    """Who lost sight of a company does not get its old answer."""
    await caller.place(ORDER, "key-1")
    blind = house.token(entities=frozenset())
    return (await caller.place(ORDER, "key-1", token=blind)).status == 403


async def write_on_record(house: House, caller: Caller) -> bool:
    """What was asked for is on record."""
    await caller.send("POST", NOTE, body=GOOD)
    return [entry.outcome for entry in house.trail.entries] == ["201"]


async def refusal_on_record(house: House, caller: Caller) -> bool:
    """What was refused is on record."""
    await caller.send("GET", ORDERS, token=None)
    return [entry.outcome for entry in house.trail.entries] == ["401"]


async def unlogged(house: House, caller: Caller) -> bool:
    """A token in a failure is not written down."""
    house.desk.raises = [RuntimeError(f"sent Bearer {SECRET}")]
    await caller.send("GET", f"{ORDERS}/{KNOWN_ID}")
    house.governance.logs.flush()
    return SECRET.encode() not in house.log.getvalue()


async def traceable(_: House, caller: Caller) -> bool:
    """An answer says where its trace is, and that its type is as it says."""
    told = (await caller.send("GET", ORDERS)).headers
    return {"x-trace-id", "x-content-type-options"} <= told.keys()


async def measured(house: House, caller: Caller) -> bool:
    """A call is counted under its address."""
    await caller.send("GET", ORDERS)
    return ORDERS.encode() in house.governance.metrics.render()


async def gone(house: House, caller: Caller) -> bool:
    """A version past its end answers nobody."""
    return (await caller.send("GET", ORDERS)).status == 410 and house.desk.entered == 0


async def without_trailers(house: House, caller: Caller) -> bool:
    """What comes behind a body does not say who calls."""
    head = f"POST {NOTE} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
    head += "Connection: close\r\nTransfer-Encoding: chunked\r\n\r\n"
    chunks = b"%x\r\n%b\r\n0\r\n" % (len(GOOD), GOOD)
    trailer = f"Authorization: Bearer {caller.token}\r\n\r\n"
    found = await caller.raw(head.encode() + chunks + trailer.encode())
    return found.startswith(b"HTTP/1.1 401 ") and house.desk.entered == 0
