"""Every command that writes to our own books, done once, and sent again in another process."""

from collections.abc import Mapping

import msgspec
from msgspec.structs import replace

from tests.gateway.every_command import ERP, Commands, Done
from tests.security.routes.bodies import GOOD
from tests.security.routes.lists import settled
from tests.security.routes.opening import KEYED_IN
from tests.stories.people import until

CASH, ADOPTION = "/process/project-to-cash/v1", "/process/adoption/v1"
INVOICE, FINDING = (
    f"POST {CASH}/invoices/{{invoice_id}}",
    f"POST {ADOPTION}/findings/{{finding_id}}",
)
STREAM = "/process/procure-to-pay/v1"
STAFFING = "/process/resource-to-revenue/v1"
NO_REQUEST = b"sr_00000000000000000000000000"
APPROVALS = "/process/approvals/v1"
ADOPTED = msgspec.json.encode(
    {
        "reason": "agreed with the client",
        "sources": {
            "period_start": "2026-10-01",
            "period_end": "2026-10-31",
            "time_entries": ["TE-0001"],
        },
        "difference": "one hour of eight was agreed",
    }
)
CHANGES = "/process/change-requests/v1"
MERGES = "/process/client-matching/v1/merges"
WAIVER = "/governance/v1/quality/findings/{finding_id}/waiver"
TOLD = "/process/subscriptions/v1"
WORK = "/process/time-and-expense/v1"
WITHDRAWALS = "/governance/v1/access/withdrawals"
LIFECYCLE = "PUT /governance/v1/lifecycle/{layer}/{api}/{version}"


class OwnCommands(Commands):
    """Does every command that needs no key, under one, and lets each of them die."""

    async def all(self) -> Mapping[str, Done]:
        """Do them in an order in which each finds what it needs, and nothing is sent again yet."""
        ids = self._site.ids
        both = {name: ids[name] for name in ("opportunity_id", "contract_id")}
        runs = "POST /process/opportunity-to-project/v1/runs"
        await self.died(runs, body=msgspec.json.encode(both))
        # A scan may link what was met since, and move the ground of a merge that was asked for.
        await self._merged()
        await self.died("POST /process/client-matching/v1/scans")
        event = ids["process billing_event_id"]
        await self.died(f"POST {CASH}/billing-events/{{billing_event_id}}/check", event)
        await self._credited()
        await self._objected()
        await self._applied()
        case = ids["process exception_id"]
        await self.died("POST /process/exceptions/v1/{exception_id}/resolution", case)
        await self.died(f"POST {ADOPTION}/imports", query="?dry_run=false")
        await self._bought()
        await self._staffed()
        await self._judged()
        await self._closed()
        await self._changed()
        await self._given_up()
        await self._worked()
        await self._subscribed()
        await self._governed()
        self._deaths.end()
        await settled(self._site)
        return self._done

    async def _credited(self) -> None:
        """Approve a credit, bill again what it took back, and ask for another."""
        ids = self._site.ids
        invoice, finding = ids["process invoice_id"], ids["process finding_id"]
        waiting = msgspec.json.decode((await self._site.send("GET", APPROVALS)).body)["items"]
        [asked] = [each for each in waiting if "credit of" in each["title"]]
        route = f"POST {APPROVALS}/{{approval_id}}/decision"
        await self.died(route, asked["id"], by=asked["assignee"])
        posted = f"{CASH}/credit-notes"

        async def is_posted() -> bool:
            found = msgspec.json.decode((await self._site.send("GET", posted)).body)
            return all(each["stage"] == "posted" for each in found["items"])

        await until(is_posted, "the posting of the credit")
        await self.died(f"{FINDING}/dispute", finding)
        await self._adopted()
        await self.died(f"{INVOICE}/rebill", invoice)
        other = GOOD[f"{INVOICE}/credits"].replace(b"TE-0001", b"TE-0002")
        await self.died(f"{INVOICE}/credits", invoice, body=other)

    async def _adopted(self) -> None:
        """Adopt an invoice that a clerk posted, with hours that were credited."""
        number = await self._site.clerks.invoice("erp-a", KEYED_IN)

        async def is_found() -> str | None:
            found = await self._site.send("GET", f"{ADOPTION}/findings")
            items = msgspec.json.decode(found.body)["items"]
            return next((each["id"] for each in items if each["number"] == number), None)

        found = await until(is_found, "the finding about the invoice")
        await self.died(f"{FINDING}/adoption", found, body=ADOPTED)

    async def _objected(self) -> None:
        """End a dispute, and open another."""
        disputes = f"{CASH}/disputes/{{dispute_id}}"
        await self.died(f"POST {disputes}/resolution", self._site.ids["process dispute_id"])
        route = f"{INVOICE}/disputes"
        other = GOOD[route].replace(b"not as ordered", b"too late")
        await self.died(route, self._site.ids["process invoice_id"], body=other)

    async def _applied(self) -> None:
        """Say what money is for that came in and named no invoice."""
        number = await self._posted_anew("owing")
        payments = f"POST {ERP}/payments"
        wish = msgspec.json.decode(GOOD[payments]) | {"client_number": "CUST-1001"}
        del wish["invoice_number"]
        await self._do(payments, body=msgspec.json.encode(wish), name="unplaced")

        async def is_there() -> str | None:
            found = await self._site.send("GET", f"{CASH}/receipts?unplaced=true")
            items = msgspec.json.decode(found.body)["items"]
            return items[0]["id"] if items else None

        receipt = await until(is_there, "the receipt of the money")
        route = f"POST {CASH}/receipts/{{receipt_id}}/applications"
        placed = GOOD[route].replace(b"INV-US-0901", number.encode())
        await self.died(route, receipt, body=placed)

    async def _merged(self) -> None:
        """Ask for a merge of clients that is asked for already, approve it, and ask it back."""
        [asked] = (await self._items(MERGES))[:1]
        wish = {name: asked[name] for name in ("survivor_id", "merged_id")}
        why = {"reason": "one firm, entered twice", "override_reason": "it was bought by the other"}
        body = msgspec.json.encode(wish | why)
        await self.died(f"POST {MERGES}", body=body)
        waiting = await self._items(APPROVALS)
        [question] = [each for each in waiting if each["title"].startswith("merge ")]
        route = f"POST {APPROVALS}/{{approval_id}}/decision"
        await self.died(route, question["id"], by="U-ST1", name="merge")

        async def is_merged() -> bool:
            return (await self._items(MERGES))[0]["state"] == "merged"

        await until(is_merged, "the merge")
        await self.died(f"POST {MERGES}/{{merge_id}}/unmerge", asked["id"])

    async def _closed(self) -> None:
        """Have revenue recognized, and close a month and open it again."""
        for verb in ("recognitions", "closings", "reopenings"):
            await self.died(f"POST /process/revenue/v1/{verb}")
        await self.died("POST /process/read-models/v1/rebuilds")

    async def _changed(self) -> None:
        """Have a milestone moved, and a change applied that its client signed."""
        route = f"POST {CHANGES}/milestones/{{billing_event_id}}"
        waiting = await self._items(APPROVALS)
        [question] = [each for each in waiting if "P-2001: set-up" in each["title"]]
        decision = f"POST {APPROVALS}/{{approval_id}}/decision"
        yes = msgspec.json.decode(GOOD[decision]) | {"version": question["subject_version"]}
        body = msgspec.json.encode(yes)
        await self.died(decision, question["id"], body=body, by=question["assignee"], name="set-up")

        async def is_planned() -> str | None:
            events = await self._items("/experience/finance/v1/readiness")
            found = [each for each in events if each["milestone"] == "M2"]
            return found[0]["billing_event_id"] if found else None

        event = await until(is_planned, "the milestone's billing event")
        asked = msgspec.json.decode(GOOD[f"{route}/preview"])
        plan = await self._planned(f"{CHANGES}/milestones/{event}/preview", asked)
        await self.died(f"{route}/apply", event, body=msgspec.json.encode(asked | plan))
        change = self._site.ids["process change_request_id"]
        route = f"POST {CHANGES}/change-requests/{{change_request_id}}"
        plan = await self._planned(f"{CHANGES}/change-requests/{change}/preview", None)
        await self.died(f"{route}/submission", change, body=msgspec.json.encode(plan))
        await self._assessed(change)
        for status in ("internal_approved", "client_sent", "client_approved"):
            path = f"/system/contracts/v1/change-requests/{change}/status"
            body = msgspec.json.encode({"status": status})
            await self._site.send("PUT", path, body=body, headers={"idempotency-key": status})
        plan = await self._planned(f"{CHANGES}/change-requests/{change}/preview", None)
        await self.died(f"{route}/apply", change, body=msgspec.json.encode(plan))

    async def _given_up(self) -> None:
        """Have a milestone's draft sent back, write it off, and ask for it to be billed."""
        decision = f"POST {APPROVALS}/{{approval_id}}/decision"

        async def asked(title: str) -> dict[str, str] | None:
            found = [each for each in await self._items(APPROVALS) if title in each["title"]]
            return found[0] if found else None

        draft = await until(lambda: asked("P-2001: invoice of"), "the milestone's draft")
        no = msgspec.json.decode(GOOD[decision]) | {"decision": "reject"}
        body = msgspec.json.encode(no)
        await self.died(decision, draft["id"], body=body, by=draft["assignee"], name="sent back")

        async def stands(status: str) -> dict[str, str] | None:
            found = await self._items(f"{CASH}/billing-events")
            of_it = (each for each in found if each["milestone"] == "M1")
            return next((each for each in of_it if each["status"] == status), None)

        event = await until(lambda: stands("returned"), "the milestone to be sent back")
        route = f"POST {CASH}/billing-events/{{billing_event_id}}/write-off"
        wish = msgspec.json.decode(GOOD[route]) | {"amount": event["amount_expected"]}
        await self.died(route, event["id"], body=msgspec.json.encode(wish))
        question = await until(lambda: asked("P-2001: write off"), "the question about it")
        await self.died(decision, question["id"], by="U-FD1", name="write-off")
        await until(lambda: stands("written_off"), "the write-off")
        await self.died(f"{route}/reversal", event["id"])

    async def _assessed(self, change: str) -> None:
        """Wait until the contract system knows that a change was submitted."""
        path = f"/system/contracts/v1/change-requests/{change}"

        async def is_assessed() -> bool:
            found = await self._site.send("GET", path)
            return bool(msgspec.json.decode(found.body)["status"] == "impact_assessed")

        await until(is_assessed, "the submission of the change")

    async def _planned(self, path: str, asked: object) -> dict[str, str]:
        """Return the ground of a plan."""
        body = None if asked is None else msgspec.json.encode(asked)
        found = await self._site.send("POST", path, body=body)
        return {"ground": msgspec.json.decode(found.body)["ground"]}

    async def _bought(self) -> None:
        """Ask for services, look at the vendor, receive, and take a bill in and another back."""
        ids = self._site.ids
        self._vendor = ids["process vendor_id"].encode()
        for part in ("order-requests", "bills"):
            route = f"POST {STREAM}/{part}"
            await self.died(route, body=self._from_vendor(route))
        await self.died(f"POST {STREAM}/vendors/{{vendor_id}}/checks", ids["process vendor_id"])
        order = ids["process purchase_order_id"]
        await self.died(
            f"POST {STREAM}/purchase-orders/{{purchase_order_id}}/receipt-drafts", order
        )
        draft = ids["process receipt_case_id"]
        await self.died(f"POST {STREAM}/receipt-drafts/{{receipt_case_id}}/reversal", draft)
        await self.died(f"POST {STREAM}/bills/{{bill_case_id}}/credit", ids["process bill_case_id"])

    async def _staffed(self) -> None:
        """Ask to book somebody, take another booking back, and ask for a contractor."""
        ids = self._site.ids
        case, request = ids["process booking_case_id"], ids["process staffing_request_id"]
        waiting = await self._items(APPROVALS)
        [question] = [each for each in waiting if "book E101" in each["title"]]
        route = f"POST {APPROVALS}/{{approval_id}}/decision"
        await self.died(route, question["id"], by="U-RM1", name="booking")

        async def is_booked() -> bool:
            found = await self._items(f"{STAFFING}/bookings")
            return any(each["id"] == case and each["stage"] == "booked" for each in found)

        await until(is_booked, "the booking")
        await self.died(f"POST {STAFFING}/bookings/{{booking_case_id}}/cancellation", case)
        for part in ("bookings", "contractors"):
            route = f"POST {STAFFING}/{part}"
            body = self._from_vendor(route).replace(NO_REQUEST, request.encode())
            await self.died(route, body=body)

    async def _judged(self) -> None:
        """Waive a finding, and no longer."""
        finding = self._site.ids["finding_id"]
        await self.died(f"PUT {WAIVER}", finding)
        await self.died(f"DELETE {WAIVER}", finding)

    async def _worked(self) -> None:
        """Hand in time and an expense, say who stands in, and tell who pays."""
        for each in ("entries", "expenses", "delegations", "pay-runs"):
            await self.died(f"POST {WORK}/{each}")
        await self.died(f"POST {WORK}/weeks", by="E101")
        await self.died("PUT /process/notices/v1/preferences")

    async def _subscribed(self) -> None:
        """Have somebody told who is not there, try it, tell it again, and end it."""
        made = await self.died(f"POST {TOLD}")
        subscription = msgspec.json.decode(made.answer.body)["id"]
        one = f"{TOLD}/{{subscription_id}}"
        tried = await self.died(f"POST {one}/test", subscription)
        delivery = msgspec.json.decode(tried.answer.body)["id"]
        await self.died(f"POST {TOLD}/deliveries/{{delivery_id}}/replay", delivery)
        await self.died(f"POST {one}/replay", subscription)
        await self.died(f"POST {one}/secret", subscription)
        await self.died(f"PUT {one}/status", subscription)
        await self.died(f"DELETE {one}", subscription)

    async def _items(self, path: str) -> list[dict[str, str]]:
        found = await self._site.send("GET", path)
        return msgspec.json.decode(found.body)["items"]

    async def _governed(self) -> None:
        """Take access away and give it back, change a lifecycle, and set the clock."""
        taken = await self.died(f"PUT {WITHDRAWALS}")
        withdrawal = msgspec.json.decode(taken.answer.body)["id"]
        await self.died(f"DELETE {WITHDRAWALS}/{{withdrawal_id}}", withdrawal)
        await self.died(LIFECYCLE, "system/crm/v2", **{"if-match": '"0"'})
        now = b'{"now":"2026-11-05T09:00:00Z"}'
        await self.died("PUT /governance/v1/clock", body=now)
        await self.died("POST /experience/operations/v1/systems/{system}/replay", "erp-a")

    async def sent_again(self) -> Mapping[str, Done]:
        """Send everything again that died."""
        for name, done in self._done.items():
            self._done[name] = replace(done, after=await done.again())
        return self._done
