"""Every command that the gateway takes, done once, and sent again after it died."""

import re
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from governance.authorization_server.access_tokens import Holder
from tests.security.routes.attacked import Attacked
from tests.security.routes.bodies import GOOD
from tests.security.routes.lists import settled
from tests.security.routes.oracle import Answer

PSA, ERP, STAFF = "/system/psa/v1/projects", "/system/erp/v1", "/system/psa/v1"
CONTRACTS, BUYING = "/system/contracts/v1", "/system/procurement/v1"

NOTHING = Answer(0, {}, b"", 0.0)


class Done(Struct, frozen=True):
    """A command that was done, by whom and under which key.

    `after` is what it was answered when it was sent again after it had died before its
    answer was kept, and `changed` whatever that did.
    """

    site: Attacked
    holder: Holder
    method: str
    path: str
    body: bytes | None
    key: str
    answer: Answer = NOTHING
    after: Answer = NOTHING
    changed: frozenset[str] = frozenset()
    headers: Mapping[str, str] = {}

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
            headers={**self.headers, "idempotency-key": key or self.key},
            token=self.site.callers.token(holder or self.holder, own_client=True),
        )


class Deaths:
    """Lets commands die before their answers are kept, as if their process were killed then."""

    def __init__(self, data_dir: Path) -> None:
        self._path = data_dir / "strata.sqlite"
        self._run("CREATE TABLE dying (key TEXT PRIMARY KEY)")
        self._run(
            "CREATE TRIGGER lost_answers BEFORE UPDATE OF answer ON idempotency_keys"
            " WHEN NEW.answer IS NOT NULL AND NEW.key IN (SELECT key FROM dying)"
            " BEGIN SELECT RAISE(IGNORE); END"
        )

    @contextmanager
    def of(self, key: str) -> Iterator[None]:
        """Lose the answer of what is sent under a key meanwhile, and then its process."""
        self._run("INSERT INTO dying VALUES (?)", key)
        yield
        self._run("DELETE FROM dying")
        self._run("UPDATE idempotency_keys SET life = 'gone' WHERE key = ?", key)

    def end(self) -> None:
        """Let every answer be kept again."""
        self._run("DROP TRIGGER lost_answers")
        self._run("DROP TABLE dying")

    def _run(self, statement: str, *values: str) -> None:
        with closing(sqlite3.connect(self._path, timeout=30)) as store, store:
            store.execute(statement, values)


class Commands:
    """Does every command that comes under a key: what one made, the next one uses."""

    def __init__(self, site: Attacked) -> None:
        self._site, self._done = site, dict[str, Done]()
        self._deaths = Deaths(site.gateway.data_dir)
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
        await self._owe()
        self._deaths.end()
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

    async def _owe(self) -> None:
        """Write what is owed to a vendor, post it, let it be paid, and accrue the rest."""
        await self._do(f"POST {ERP}/journals")
        owed = await self._do(f"POST {ERP}/payables")
        await self._do(f"POST {ERP}/payables/{{payable_id}}/posting", owed)
        await self._do(f"POST {ERP}/payables/{{payable_id}}/release", owed)

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
        """Do a command, let it die, and send it again at once."""
        done = await self.died(route, record_id, body=body, name=name)
        before = await self._site.holdings.summed()
        after = await done.again()
        now = await self._site.holdings.summed()
        changed = frozenset(each for each in ("systems", "effects") if now[each] != before[each])
        self._done[name or route] = replace(done, after=after, changed=changed)
        return str(msgspec.json.decode(done.answer.body or b"{}").get("id", ""))

    async def died(
        self,
        route: str,
        record_id: str = "",
        *,
        body: bytes | None = None,
        name: str = "",
        query: str = "",
        by: str = "U-ANY",
        **more: str,
    ) -> Done:
        """Do a command, and let it die before its answer is kept."""
        method, _, address = route.partition(" ")
        path = re.sub(r"\{.*\}", record_id, address) + query
        key = f"done-{len(self._done)}"
        done = Done(
            site=self._site,
            holder=replace(self._site.callers.anybody(), subject=by),
            method=method,
            path=path,
            body=body or GOOD.get(route),
            key=key,
            headers=more,
        )
        with self._deaths.of(key):
            answer = await done.again()
        assert answer.status < 300, (route, answer.body)
        self._done[name or route] = replace(done, answer=answer)
        return self._done[name or route]
