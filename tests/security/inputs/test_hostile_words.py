"""Words that mean something to a database, a page or a terminal are words here (IN-07, 10, 16)."""

from collections.abc import AsyncIterator
from urllib.parse import quote

import msgspec
import pytest
import pytest_asyncio

from gateway.decoding import decode
from gateway.problems import Refusal
from governance import v1 as governance_api
from governance.access_face import WithdrawalList
from governance.audit_face import AuditPage
from system_apis.canonical.time import TimeCorrection
from tests.gateway.house import Caller, House, running

pytestmark = pytest.mark.asyncio(loop_scope="module")
ACCESS = "/governance/v1/access/withdrawals"
AUDIT = "/governance/v1/audit"
SCOPES = frozenset({"governance:access:read", "governance:access:write", "governance:audit:read"})
HOSTILE = {
    "a condition": "' OR '1'='1",
    "a second statement": "'); DROP TABLE audit; --",
    "a union": "x' UNION SELECT key FROM idempotency_keys --",
    "a comment": "admin'/*",
    "a backslash and a quote": "\\' OR 1=1 --",
    "a thousand wildcards": "%" * 400,
    "single wildcards": "_" * 100,
    "a pattern that never ends": "(a+)+" + "$" * 50,
    "markup": "<script>alert(1)</script>",
    "a formula": "=HYPERLINK(1)",
    "a template": "{{7*7}}${7*7}#{7*7}",
    "a format": "%s%n%x{0.__class__}",
    "right to left": "\u202egnp.exe",
    "no width": "pay\u200bpal",
    "two spellings of one letter": "e\u0301 \u00e9",
    "letters that look alike": "Соntoso",
    "emoji": "👩‍💼💶",
    "many marks": "z" + "\u0301" * 400,
}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def house(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[House]:
    """The parts of a gateway."""
    found = House(tmp_path_factory.mktemp("words"))
    yield found
    await found.close()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def operator(house: House) -> AsyncIterator[Caller]:
    """Somebody who takes access away and reads the audit."""
    async with running(house.app(governance_api), house) as found:
        found.token = house.token("ops", scopes=SCOPES)
        yield found


@pytest.mark.parametrize("name", HOSTILE)
async def test_hostile_words_are_kept_to_the_letter_and_asked_for_safely(
    house: House, operator: Caller, name: str
) -> None:
    """What was said once comes back as it was said, and did nothing else on its way."""
    before = len(await house.audit.records())
    taken = {"target": {"subject": "U-1"}, "reason": HOSTILE[name]}

    answer = await operator.send("PUT", ACCESS, body=msgspec.json.encode(taken))
    listed = await operator.send("GET", ACCESS)

    assert answer.status == 200, answer.body
    [one] = msgspec.json.decode(listed.body, type=WithdrawalList).items
    assert one.taken.reason == HOSTILE[name]
    assert len(await house.audit.records()) == before + 1
    assert listed.headers["content-type"] == "application/json"


@pytest.mark.parametrize("parameter", ["subject", "actor", "action"])
@pytest.mark.parametrize("name", HOSTILE)
async def test_hostile_words_in_a_filter_find_nothing_and_break_nothing(
    operator: Caller, name: str, parameter: str
) -> None:
    """A filter compares whole words: no condition, no wildcard and no pattern is looked into."""
    answer = await operator.send("GET", f"{AUDIT}?{parameter}={quote(HOSTILE[name], safe='')}")

    if answer.status == 200:
        assert msgspec.json.decode(answer.body, type=AuditPage).items == []
    else:
        assert (answer.status, answer.slug) == (400, "bad-query")


@pytest.mark.parametrize(
    "place", ["0", "9" * 18, "9" * 19, "9" * 400, "-1", "1.5", "١", "1;DROP TABLE audit", ""]
)
async def test_a_place_in_the_audit_that_cannot_be_is_an_empty_page_or_none(
    operator: Caller, place: str
) -> None:
    """However large or odd a made-up place is, nothing fails."""
    cursor = quote(msgspec.json.encode(f"audit:{place}".encode()).decode().strip('"=\\'), safe="")
    cursor = cursor.replace("%2B", "-").replace("%2F", "_")

    answer = await operator.send("GET", f"{AUDIT}?cursor={cursor}")

    assert answer.status in {200, 400}


@pytest.mark.parametrize(
    "hours", ["-1", "-0.01", "24.01", "25", "1000000", "1e-9", "NaN", "0.00000000001", ""]
)
async def test_a_day_has_no_such_hours(hours: str) -> None:
    """A correction says 0 to 24 hours, as a plain decimal (IN-22)."""
    body = {"entry_number": "TE-1", "hours": hours, "reason": "wrong"}

    with pytest.raises(Refusal):
        decode(msgspec.json.encode(body), TimeCorrection)
