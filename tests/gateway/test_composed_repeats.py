"""Through the whole gateway: a command sent again is answered again, and done once."""

from collections.abc import AsyncIterator, Mapping

import msgspec
import pytest
import pytest_asyncio
from msgspec import Struct

from governance.authorization_server.access_tokens import Holder
from tests.security.routes.attacked import Attacked
from tests.security.routes.bodies import GOOD
from tests.security.routes.opening import attacked, settled
from tests.security.routes.oracle import Answer, complaints
from tests.security.routes.table import WITH_KEY

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.xdist_group("composed")]
PSA, ERP, STAFF = "/system/psa/v1/projects", "/system/erp/v1", "/system/psa/v1"
CONTRACTS, BUYING = "/system/contracts/v1", "/system/procurement/v1"
NAMES = [str(route) for route in WITH_KEY]


class Done(Struct, frozen=True):
    """A command that was done, by whom and under which key."""

    site: Attacked
    holder: Holder
    method: str
    path: str
    body: bytes | None
    key: str
    answer: Answer

    async def again(
        self,
        *,
        body: bytes | None = None,
        key: str | None = None,
        holder: Holder | None = None,
    ) -> Answer:
        """Send it again, changed as told."""
        return await self.site.send(
            self.method,
            self.path,
            body=body or self.body,
            headers={"idempotency-key": key or self.key},
            token=self.site.callers.token(holder or self.holder, own_client=True),
        )


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def site(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Attacked]:
    """The whole gateway."""
    async with attacked(tmp_path_factory.mktemp("composed")) as found:
        yield found


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def done(site: Attacked) -> Mapping[str, Done]:
    """Every command that comes under a key, done once."""
    return await Commands(site).all()


class Commands:
    """Does every command that comes under a key: what one made, the next one uses."""

    def __init__(self, site: Attacked) -> None:
        self._site, self._done = site, dict[str, Done]()
        self._vendor = b""

    async def all(self) -> Mapping[str, Done]:
        """Do them in an order in which each finds what it needs."""
        opportunity = self._site.ids["opportunity_id"]
        for version in ("v1", "v2"):
            of = f"POST /system/crm/{version}/opportunities/{{opportunity_id}}"
            await self._do(f"{of}/project", opportunity)
            await self._do(f"{of}/project-removal", opportunity)
        project = await self._do(f"POST {PSA}")
        for step in ("PUT {}/budget", "PUT {}/rate-card", "POST {}/activation"):
            await self._do(step.format(f"{PSA}/{{project_id}}"), project)
        spare = GOOD[f"POST {PSA}"].replace(b"9001", b"9002")
        unused = await self._do(f"POST {PSA}", body=spare, name="spare")
        await self._do(f"POST {PSA}/{{project_id}}/archive", unused)
        await self._do(f"POST {STAFF}/staffing-requests")
        await self._do(f"PUT {STAFF}/bookings/{{booking_id}}/project", self._site.ids["booking_id"])
        task = await self._do(f"POST {STAFF}/tasks")
        await self._do(f"POST {STAFF}/tasks/{{task_id}}/completion", task)
        await self._do(f"POST {ERP}/clients")
        await self._do(f"POST {ERP}/ledger-projects")
        await self._do(f"POST {ERP}/ledger-projects/closure")
        invoice = await self._do(f"POST {ERP}/invoices")
        await self._do(f"POST {ERP}/invoices/{{invoice_id}}/posting", invoice)
        mistaken = await self._do(f"POST {ERP}/invoices", name="mistaken")
        await self._do(f"POST {ERP}/invoices/{{invoice_id}}/void", mistaken)
        await self._pay()
        await self._credit()
        await self._correct()
        await self._papers()
        await self._buy()
        await settled(self._site)
        return self._done

    async def _pay(self) -> None:
        posted = self._done[f"POST {ERP}/invoices/{{invoice_id}}/posting"].answer.body
        number = msgspec.json.decode(posted)["number"].encode()
        route = f"POST {ERP}/payments"
        await self._do(route, body=GOOD[route].replace(b"INV-US-0901", number))
        wish = msgspec.json.decode(GOOD[route]) | {"client_number": "CUST-1001"}
        del wish["invoice_number"]
        money = await self._do(route, body=msgspec.json.encode(wish), name="unplaced")
        standing = await self._posted_anew("standing")
        placed = GOOD[f"POST {ERP}/payments/{{payment_id}}/applications"]
        placed = placed.replace(b"INV-US-0901", standing.encode())
        await self._do(f"POST {ERP}/payments/{{payment_id}}/applications", money, body=placed)

    async def _posted_anew(self, name: str) -> str:
        """Return the number of one more posted invoice."""
        invoice = await self._do(f"POST {ERP}/invoices", name=name)
        route = f"POST {ERP}/invoices/{{invoice_id}}/posting"
        await self._do(route, invoice, name=f"{name} posted")
        number: str = msgspec.json.decode(self._done[f"{name} posted"].answer.body)["number"]
        return number

    async def _credit(self) -> None:
        number = await self._posted_anew("credited")
        route = f"POST {ERP}/credit-notes"
        note = await self._do(route, body=GOOD[route].replace(b"INV-US-0901", number.encode()))
        await self._do(f"{route}/{{credit_note_id}}/posting", note)

    async def _correct(self) -> None:
        route = f"POST {PSA}/{{project_id}}/time-corrections"
        found = msgspec.json.decode((await self._site.send("GET", f"{PSA}?number=P-1001")).body)
        wrong = GOOD[route].replace(b"TE-0001", b"TE-0049")
        await self._do(route, found["items"][0]["id"], body=wrong)

    async def _buy(self) -> None:
        """Order from a vendor, receive, be billed, and think better of a second order."""
        found = msgspec.json.decode((await self._site.send("GET", f"{BUYING}/vendors")).body)
        self._vendor = found["items"][0]["id"].encode()
        orders = f"POST {BUYING}/purchase-orders"
        order = await self._do(orders, body=self._from_vendor(orders))
        await self._do(f"{orders}/{{purchase_order_id}}/approval", order)
        await self._do(f"{orders}/{{purchase_order_id}}/sending", order)
        receipt = await self._do(f"{orders}/{{purchase_order_id}}/receipts", order)
        await self._do(f"POST {BUYING}/receipts/{{receipt_id}}/reversal", receipt)
        number = msgspec.json.decode(self._done[orders].answer.body)["number"].encode()
        bills = f"POST {BUYING}/bills"
        billed = self._from_vendor(bills).replace(b"PO-9", number)
        bill = await self._do(bills, body=billed)
        await self._do(f"{bills}/{{bill_id}}/dispute", bill)
        agreed = await self._do(bills, body=billed.replace(b"B-9", b"B-99"), name="agreed")
        await self._do(f"{bills}/{{bill_id}}/approval", agreed)
        second = await self._do(orders, body=self._from_vendor(orders), name="second order")
        await self._do(f"{orders}/{{purchase_order_id}}/revisions", second)
        await self._do(f"{orders}/{{purchase_order_id}}/cancellation", second)

    def _from_vendor(self, route: str) -> bytes:
        return GOOD[route].replace(b"vn_00000000000000000000000000", self._vendor)

    async def _papers(self) -> None:
        """Bring the papers of a contract that has milestones."""
        path = f"{CONTRACTS}/contracts?number=CT-2001"
        found = msgspec.json.decode((await self._site.send("GET", path)).body)
        contract, one = found["items"][0]["id"], f"{CONTRACTS}/contracts/{{contract_id}}"
        await self._do(f"POST {one}/documents", contract)
        filed = msgspec.json.decode(self._done[f"POST {one}/documents"].answer.body)
        proof = GOOD[f"POST {one}/evidence"].replace(b"M9", b"M2")
        proof = proof.replace(b"sha256:" + b"0" * 64, filed["document_hash"].encode())
        await self._do(f"POST {one}/evidence", contract, body=proof)
        order = GOOD[f"POST {one}/purchase-orders"].replace(b"USD", b"EUR")
        await self._do(f"POST {one}/purchase-orders", contract, body=order)
        wish = GOOD[f"POST {one}/change-requests"].replace(b"M9", b"M2").replace(b"USD", b"EUR")
        change = await self._do(f"POST {one}/change-requests", contract, body=wish)
        await self._do(f"PUT {CONTRACTS}/change-requests/{{change_request_id}}/status", change)

    async def _do(
        self, route: str, record_id: str = "", *, body: bytes | None = None, name: str = ""
    ) -> str:
        method, _, address = route.partition(" ")
        path = address.partition("{")[0] + record_id + address.partition("}")[2]
        sent = body or GOOD.get(route)
        key = f"done-{len(self._done)}"
        holder = self._site.callers.anybody()
        token = self._site.callers.token(holder, own_client=True)
        answer = await self._site.send(
            method, path, body=sent, headers={"idempotency-key": key}, token=token
        )
        assert answer.status < 300, (route, answer.body)
        self._done[name or route] = Done(self._site, holder, method, path, sent, key, answer)
        return str(msgspec.json.decode(answer.body or b"{}").get("id", ""))


async def test_every_command_that_comes_under_a_key_is_tried(done: Mapping[str, Done]) -> None:
    """What is good here is what is spoiled elsewhere."""
    assert set(NAMES) <= done.keys()


@pytest.mark.parametrize("name", NAMES)
async def test_the_same_command_again_is_answered_as_before(
    site: Attacked, done: Mapping[str, Done], name: str
) -> None:
    """The answer is the first one, marked as replayed, and nothing is done."""
    first, before = done[name], await site.holdings.summed()

    again = await first.again()

    assert again.headers["idempotency-replayed"] == "true"
    assert (again.status, again.body) == (first.answer.status, first.answer.body)
    assert await site.holdings.summed() == before


@pytest.mark.parametrize("name", [name for name in NAMES if name in GOOD])
async def test_the_order_of_keys_makes_no_other_command(
    done: Mapping[str, Done], name: str
) -> None:
    """The same command in another spelling is the same command."""
    tree = msgspec.json.decode(done[name].body or b"")
    turned = msgspec.json.format(msgspec.json.encode(dict(reversed(tree.items()))), indent=4)

    again = await done[name].again(body=turned, key=f'"{done[name].key}"')

    assert again.headers["idempotency-replayed"] == "true"


@pytest.mark.parametrize("name", NAMES)
async def test_a_key_cannot_be_used_for_another_command(
    site: Attacked, done: Mapping[str, Done], name: str
) -> None:
    """Another body, or another record, under a key that was used is refused with a remedy."""
    first, before = done[name], await site.holdings.summed()
    record, _, verb = first.path.rpartition("/")
    other = msgspec.structs.replace(first, path=first.path if first.body else f"{record}0/{verb}")
    body = first.body and _other(first.body)

    answer = await other.again(body=body)

    assert complaints(answer, site.secrets) == []
    assert (answer.status, answer.problem.type) == (
        422,
        "/docs/problems#idempotency-other-request",
    )
    assert await site.holdings.summed() == before


def _other(body: bytes) -> bytes:
    """Return a body that asks for something else."""
    changes = ((b"9", b"8"), (b"10.00", b"11.00"), (b"1", b"2"), (b"hour", b"day"))
    return next(body.replace(*each) for each in changes if each[0] in body)


@pytest.mark.parametrize("name", NAMES)
async def test_the_key_of_one_person_is_nothing_to_another(
    site: Attacked, done: Mapping[str, Done], name: str
) -> None:
    """Who sends another's command under the other's key is not given the other's answer."""
    other = msgspec.structs.replace(site.callers.anybody(), subject="U-OTHER")

    answer = await done[name].again(holder=other)

    assert "idempotency-replayed" not in answer.headers


@pytest.mark.parametrize("name", [f"POST {PSA}", f"POST {ERP}/clients", f"POST {ERP}/invoices"])
async def test_what_one_person_made_is_not_given_to_another_for_the_key(
    site: Attacked, done: Mapping[str, Done], name: str
) -> None:
    """The key of one person finds no record of another's, through the same application."""
    other = msgspec.structs.replace(site.callers.anybody(), subject="U-OTHER")

    answer = await done[name].again(holder=other)

    found = msgspec.json.decode(answer.body).get("id")
    assert found != msgspec.json.decode(done[name].answer.body)["id"]


@pytest.mark.parametrize("name", NAMES)
async def test_who_lost_sight_of_a_company_is_not_given_its_answer(
    site: Attacked, done: Mapping[str, Done], name: str
) -> None:
    """A kept answer is not given to the same person when they act for another company only."""
    elsewhere = site.callers.anybody("HAL-UK")

    answer = await done[name].again(holder=elsewhere)

    assert complaints(answer, site.secrets) == []
    assert answer.status == 403


@pytest.mark.parametrize("name", NAMES)
async def test_who_lost_the_scope_is_not_given_the_answer(
    site: Attacked, done: Mapping[str, Done], name: str
) -> None:
    """A kept answer is not given to the same person without the scope."""
    answer = await done[name].again(holder=site.callers.anybody_with(frozenset()))

    assert complaints(answer, site.secrets) == []
    assert answer.status == 403
