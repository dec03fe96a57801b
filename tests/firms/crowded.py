"""A firm with several projects of every kind, and most of what a contract may ask for."""

from tests.firms.drafting import FirmDraft


def crowded_april() -> FirmDraft:
    """Two ERPs that round differently, three companies, two projects of every billing model."""
    rates = {"USD": "1", "EUR": "1.08", "JPY": "0.0065"}
    firm = FirmDraft("Meridian Works", "2028-04-01", "2028-04-30", "USD", rates)
    firm.books("north", "half_up")
    firm.books("south", "half_even")
    firm.company("MW-AT", "AT", "EUR", "north", "Europe/Vienna")
    firm.company("MW-US", "US", "USD", "south", "America/Los_Angeles")
    firm.company("MW-JP", "JP", "JPY", "south", "Asia/Tokyo")
    firm.worker("V1", "MW-AT", "Chief", cost="95", listed="250")
    firm.worker("V2", "MW-AT", "Junior", cost="48.5", listed="120")
    firm.worker("V3", "MW-AT", "Junior", cost="51", listed="120")
    firm.worker("L1", "MW-US", "Planner", cost="88", listed="240")
    firm.worker("T1", "MW-JP", "Sensei", cost="6000", listed="20000")
    firm.client("N-AT", "AT", xref={"north": "AT-7"})
    firm.client("N-NL", "NL", tax_id="NL123456009B01", xref={"pipeline": "0055", "north": "NL-3"})
    firm.client("N-CA", "CA", xref={"north": "CA-1"})
    firm.client("N-US", "US")
    firm.client("N-JP", "JP")
    _vienna(firm)
    _los_angeles(firm)
    _tokyo(firm)
    return firm


def _vienna(firm: FirmDraft) -> None:
    """By entry, with tax that the client owes; by role, for export; a deposit, and two parts."""
    firm.deal(
        "VIE-1",
        "MW-AT",
        "N-NL",
        "T&M",
        rates={"Chief": "99.99", "Junior": "66.67"},
        invoicing={"detail": "entry"},
        tax={"category": "AE", "rate": "0"},
    )
    firm.work("VIE-1", "V1", [3, 4, 5], "0.35")
    firm.work("VIE-1", "V2", [6, 7], "1.15")
    firm.deal(
        "VIE-2",
        "MW-AT",
        "N-CA",
        "T&M",
        rates={"Chief": "200", "Junior": "99.99"},
        invoicing={"detail": "role"},
        tax={"category": "G", "rate": "0"},
    )
    firm.work("VIE-2", "V2", [10, 11], "0.35")
    firm.work("VIE-2", "V3", [10], "0.35")
    firm.work("VIE-2", "V1", [28], "6")
    tax = {"category": "S", "rate": "0.20"}
    firm.deal(
        "VIE-3",
        "MW-AT",
        "N-AT",
        "FIXED_FEE",
        tax=tax,
        price="60000",
        eac_cost="20000",
        revenue_method="OVER_TIME_INPUT_COST",
        down_payment={"amount": "15000", "invoiced_on": "2028-04-03"},
        milestones=[
            part("Plan", "10000", "2028-04-14", "2028-04-14T09:15:00Z"),
            part("Build", "20000", "2028-04-27", "2028-04-27T05:00:00Z"),
            {"id": "Run", "amount": "30000", "planned_date": "2028-07-31"},
        ],
    )
    firm.work("VIE-3", "V3", [12, 13, 17], "8")
    firm.deal("VIE-4", "MW-AT", "N-AT", "RETAINER", tax=tax, monthly="3000", term_months=12)
    firm.work("VIE-4", "V1", [18], "5")


def _los_angeles(firm: FirmDraft) -> None:
    """A cap that is met exactly, or was before; a fee from the 12th; a late order and timesheet."""
    tax = {"category": "E", "rate": "0"}
    firm.deal(
        "LAX-1",
        "MW-US",
        "N-US",
        "T&M",
        tax=tax,
        rates={"Planner": "200"},
        nte_cap="50000",
        billed_to_date="42000",
        effective={"from": "2027-09-01", "to": "2028-12-31"},
    )
    firm.work("LAX-1", "L1", [3, 4, 5, 6, 7], "8")
    order = {"number": "4500077", "amount": "20000", "valid_to": "2028-12-31"}
    firm.deal(
        "LAX-2",
        "MW-US",
        "N-CA",
        "T&M",
        tax={"category": "S", "rate": "0.0875"},
        rates={"Planner": "187.50"},
        po_required=True,
        purchase_order=order | {"received_at": "2028-04-30T20:45:00Z"},
    )
    firm.work("LAX-2", "L1", [10, 11], "2.75")
    firm.work("LAX-2", "L1", [30], "1.5", submitted_at="2028-04-30T18:00:00Z")
    firm.booked("LAX-2", "L1")
    firm.facts["timesheets"] = [
        {"employee": "L1", "week_start": monday, "submitted_at": at}
        for monday, at in (
            ("2028-04-03", "2028-04-07T20:00:00Z"),
            ("2028-04-10", "2028-04-14T20:00:00Z"),
            ("2028-04-24", "2028-04-30T18:00:00Z"),
        )
    ]
    firm.deal(
        "LAX-5",
        "MW-US",
        "N-US",
        "T&M",
        tax=tax,
        rates={"Planner": "200"},
        nte_cap="30000",
        billed_to_date="30000",
        effective={"from": "2027-09-01", "to": "2028-12-31"},
    )
    firm.work("LAX-5", "L1", [13], "4")
    firm.deal(
        "LAX-3",
        "MW-US",
        "N-US",
        "SUBSCRIPTION",
        tax={"category": "S", "rate": "0.0875"},
        monthly="2345",
        term_months=12,
        billing="in advance",
        effective={"from": "2028-04-12", "to": "2029-04-11"},
    )
    firm.deal(
        "LAX-4",
        "MW-US",
        "N-US",
        "SUBSCRIPTION",
        tax=tax,
        monthly="700",
        term_months=12,
        effective={"from": "2028-04-01", "to": "2028-04-20"},
    )


def _tokyo(firm: FirmDraft) -> None:
    """A retainer exactly at its hours, a part that is accepted only later, an entry that is not."""
    firm.deal(
        "TYO-1",
        "MW-JP",
        "N-JP",
        "RETAINER",
        monthly="555555",
        term_months=12,
        included_hours="24",
        overage_rate="15000",
    )
    firm.work("TYO-1", "T1", [3, 4, 5], "8")
    firm.facts["bad_time_entries"] = [
        {
            "id": "BAD-1",
            "employee": "T1",
            "project": "TYO-1",
            "work_date": "2028-04-06",
            "hours": "13",
            "billable": True,
            "rejected_at": "2028-04-30T10:00:00Z",
        }
    ]
    firm.deal(
        "TYO-2",
        "MW-JP",
        "N-JP",
        "FIXED_FEE",
        price="2000000",
        eac_cost="1000000",
        revenue_method="OVER_TIME_INPUT_COST",
        milestones=[
            part("A", "500000", "2028-04-10", "2028-04-20T02:00:00Z"),
            part("B", "500001", "2028-04-20", "2028-04-20T12:00:00Z"),
            {"id": "C", "amount": "999999", "planned_date": "2028-09-29"},
        ],
    )
    firm.work("TYO-2", "T1", [11, 12], "7")


def part(number: str, amount: str, day: str, accepted: str) -> dict[str, object]:
    """Return a part of a fixed price with the proof that it was accepted."""
    evidence = {
        "type": "acceptance_certificate",
        "document": f"sha256:{number.encode().hex():0>64}",
        "received_at": accepted,
    }
    return {"id": number, "amount": amount, "planned_date": day, "evidence": evidence}
