"""Three firms unlike Northwind, each for what it asks of the product."""

from tests.firms.drafting import FirmDraft


def leap_month() -> FirmDraft:
    """Yen and dinars, half-even books, work on 29 February, a cap, a credit, and a late deal."""
    rates = {"EUR": "1", "JPY": "0.006", "KWD": "3"}
    firm = FirmDraft("Hayabusa and Diwan", "2028-02-01", "2028-02-29", "EUR", rates)
    firm.books("east", "half_even")
    firm.company("HD-JP", "JP", "JPY", "east", "Asia/Tokyo")
    firm.company("HD-KW", "KW", "KWD", "east", "Asia/Kuwait")
    firm.worker("J1", "HD-JP", "Architect", cost="7001", listed="15000")
    firm.worker("J2", "HD-JP", "Builder", cost="4000", listed="11000")
    firm.worker("Q1", "HD-KW", "Adviser", cost="11.111", listed="40.125")
    for number, country in (("C-1", "JP"), ("C-2", "JP"), ("C-3", "KW"), ("C-4", "KW")):
        firm.client(number, country)
    _tokyo(firm)
    _kuwait(firm)
    firm.facts["rounding_case"] = {
        "currency": "JPY",
        "tax_rate": "0.10",
        "rounding": "half_even",
        "lines": [["0.5", "12345"], ["0.5", "12347"], ["1.5", "12345"]],
    }
    _late_deal(firm)
    _watched(firm)
    return firm


def _watched(firm: FirmDraft) -> None:
    """People's hours are foreseen, their weeks come in time, late or never, and so do answers."""
    firm.staff("files")
    firm.facts["entities"][0] |= {"calendar_holidays": ["2028-02-11", "2028-02-23"]}
    firm.facts["entities"][1] |= {"hours_per_day": "7.5"}
    first, second, third = firm.facts["employees"]
    first |= {"utilization_target": "0.55"}
    second |= {"utilization_target": "0.80", "time_off_hours": "12"}
    third |= {"utilization_target": "0.333"}
    firm.facts["forecast"] = {"grain": "person-month", "frozen_at": "2028-01-31T03:00:00Z"}
    firm.facts["forecast_hours"] = {"J1": "40", "Q1": "31.5"}
    firm.facts["timesheets"] = [
        {"employee": "J1", "week_start": "2028-01-31", "submitted_at": "2028-02-07T02:59:00Z"},
        {"employee": "J1", "week_start": "2028-02-07", "submitted_at": "2028-02-14T03:01:00Z"},
        {
            "employee": "J1",
            "week_start": "2028-02-14",
            "submitted_at": "2028-02-20T01:00:00Z",
            "due_at": "2028-02-19T01:00:00Z",
        },
        {"employee": "Q1", "week_start": "2028-02-21", "submitted_at": "2028-03-01T08:00:00Z"},
        {"employee": "Q1", "week_start": "2028-02-07", "submitted_at": "2028-02-14T09:00:00Z"},
    ]
    firm.facts["approvals_history"] = [
        {"id": f"Y{count}", "requested_at": "2028-02-09T08:00:00Z", "decided_at": at}
        for count, at in enumerate(
            ["2028-02-09T08:00:20Z", "2028-02-10T08:00:00Z", "2028-02-11T09:30:00Z"]
        )
    ]


def _tokyo(firm: FirmDraft) -> None:
    order = {"number": "PO-J", "amount": "9000000", "valid_to": "2028-12-31"}
    firm.deal(
        "TKY-1",
        "HD-JP",
        "C-1",
        "T&M",
        effective={"from": "2027-11-01", "to": "2028-08-31"},
        rates={"Architect": "12345", "Builder": "9000"},
        nte_cap="1500000",
        nte_scope="fees",
        billed_to_date="700000",
        po_required=True,
        purchase_order=order | {"received_at": "2028-02-29T13:30:00Z"},
        expenses="billable at cost",
    )
    firm.work("TKY-1", "J1", [1, 2, 3, 29], "7.5")
    firm.work("TKY-1", "J1", [4], "0.5")
    firm.work("TKY-1", "J2", [7, 8, 9, 10, 14, 15, 28, 29], "8")
    firm.work("TKY-1", "J2", [16], "3", billable=False)
    firm.facts["expenses"] = [
        {
            "id": f"X{count}",
            "employee": "J1",
            "project": "TKY-1",
            "date": day,
            "category": "rail",
            "amount": amount,
            "currency": "JPY",
            "receipt": f"sha256:{count:064d}",
        }
        for count, (day, amount) in enumerate(
            [("2028-02-02", "13320"), ("2028-02-29", "401")], start=1
        )
    ]
    firm.deal(
        "TKY-2",
        "HD-JP",
        "C-2",
        "FIXED_FEE",
        price="3000000",
        eac_cost="1400000",
        revenue_method="OVER_TIME_INPUT_COST",
        milestones=[
            {
                "id": "Ready",
                "amount": "1000001",
                "planned_date": "2028-02-18",
                "evidence": {
                    "type": "acceptance_certificate",
                    "document": "sha256:77",
                    "received_at": "2028-02-18T04:00:00Z",
                },
            },
            {"id": "Done", "amount": "1999999", "planned_date": "2028-05-31"},
        ],
    )
    firm.work("TKY-2", "J2", [17, 18, 21], "7.75")
    firm.facts["credit_rebill"] = {
        "project": "TKY-1",
        "employee": "J2",
        "entries": 3,
        "corrected_hours": "20.00",
    }
    firm.facts["cap_raise"] = {"contract": "K/TKY-1", "nte_cap": "1650000"}


def _kuwait(firm: FirmDraft) -> None:
    tax = {"category": "S", "rate": "0.05"}
    firm.deal(
        "KUW-1",
        "HD-KW",
        "C-3",
        "RETAINER",
        monthly="2500",
        term_months=12,
        included_hours="20",
        overage_rate="33.333",
        tax=tax,
    )
    firm.work("KUW-1", "Q1", [6, 13, 20], "7.5")
    firm.deal(
        "KUW-2",
        "HD-KW",
        "C-4",
        "SUBSCRIPTION",
        monthly="1235",
        term_months=12,
        billing="in advance",
        tax=tax,
    )
    firm.work("KUW-2", "Q1", [7, 14], "6.25")
    firm.facts["service_levels"] = [
        {
            "contract": "K/KUW-2",
            "period": "2028-02",
            "met": False,
            "credit_pct": "2.5",
            "reported_at": "2028-02-23T09:00:00Z",
        }
    ]


def _late_deal(firm: FirmDraft) -> None:
    """A deal that is won in the month for less than it was sold for, and begins after it."""
    contract = dict(firm.facts["contracts"][0]) | {
        "id": "K/TKY-9",
        "opportunity": "D/TKY-9",
        "project": "TKY-9",
        "signed_at": "2028-02-08T10:00:00Z",
        "effective": {"from": "2028-04-03", "to": "2028-06-30"},
        "nte_cap": "880000",
    }
    del contract["billed_to_date"], contract["purchase_order"]
    won = "2028-02-10T05:00:00Z"
    sale = firm.sale(contract, amount="900000", closed_won_at=won)
    firm.facts["future_contracts"] = [contract]
    firm.facts["opportunities"].append(sale)
    firm.facts["setup_case"] = {
        "opportunity": "D/TKY-9",
        "crm_amount": "900000",
        "contract_amount": "880000",
        "currency": "JPY",
        "closed_won_at": won,
        "ready_at": "2028-02-10T09:20:45Z",
        "approvals": [
            {"requested_at": "2028-02-10T05:00:30Z", "decided_at": "2028-02-10T07:00:30Z"},
            {"requested_at": "2028-02-10T07:01:00Z", "decided_at": "2028-02-10T09:20:00Z"},
        ],
    }


def plain_december() -> FirmDraft:
    """Nothing out of the way: no cap, no order, no overage, the level met, paid in January."""
    rates = {"CHF": "1", "EUR": "0.95"}
    firm = FirmDraft("Alp and Aare", "2027-12-01", "2027-12-31", "CHF", rates)
    firm.books("ledger", "half_up")
    firm.company("AA-CH", "CH", "CHF", "ledger", "Europe/Zurich")
    firm.worker("A1", "AA-CH", "Partner", cost="120.5", listed="320")
    firm.worker("A2", "AA-CH", "Analyst", cost="70", listed="180")
    for count in range(1, 5):
        firm.client(f"AC{count}", "CH")
    long = {"from": "2027-06-01", "to": "2028-05-31"}
    tax = {"category": "S", "rate": "0.081"}
    firm.deal("A-10", "AA-CH", "AC1", "T&M", effective=long, tax=tax, rates={"Partner": "299.95"})
    firm.work("A-10", "A1", [1, 2, 3, 31], "6.25")
    firm.deal(
        "A-20",
        "AA-CH",
        "AC2",
        "FIXED_FEE",
        effective=long,
        tax=tax,
        price="90000",
        eac_cost="40000",
        revenue_method="OVER_TIME_INPUT_COST",
        milestones=[
            _accepted("1", "30000", "2027-10-15"),
            _accepted("2", "20000", "2027-12-15"),
            {"id": "3", "amount": "40000", "planned_date": "2028-03-31"},
        ],
    )
    firm.work("A-20", "A2", [6, 7], "8")
    firm.deal(
        "A-30",
        "AA-CH",
        "AC3",
        "RETAINER",
        effective=long,
        tax=tax,
        monthly="8000",
        term_months=12,
        included_hours="16",
        overage_rate="260",
    )
    firm.work("A-30", "A2", [9, 10], "8")
    firm.deal(
        "A-40",
        "AA-CH",
        "AC4",
        "SUBSCRIPTION",
        effective=long,
        tax=tax,
        monthly="4999",
        term_months=12,
        billing="in advance",
    )
    firm.work("A-40", "A2", [13], "4.5")
    met = {"contract": "K/A-40", "period": "2027-12", "met": True}
    firm.facts["service_levels"] = [met | {"reported_at": "2027-12-30T09:00:00Z"}]
    firm.facts["payments"] = [
        {"invoice": "current:A-40", "date": "2027-12-21", "amount": "5403.92"},
        {
            "legal_entity": "AA-CH",
            "client": "AC2",
            "currency": "CHF",
            "date": "2028-01-05",
            "amount": "12.50",
            "remittance": "thank you",
        },
        {"invoice": "current:A-10", "date": "2028-01-20", "amount": "8106.15"},
    ]
    return firm


def _accepted(number: str, amount: str, day: str) -> dict[str, object]:
    proof = {"type": "acceptance_certificate", "document": f"sha256:{number:>064}"}
    evidence = proof | {"received_at": f"{day}T06:00:00Z"}
    return {"id": number, "amount": amount, "planned_date": day, "evidence": evidence}


def one_project() -> FirmDraft:
    """The least that a firm can be: one company, one person, one project by the hour."""
    firm = FirmDraft("Solo", "2029-06-01", "2029-06-30", "EUR", {"EUR": "1"})
    firm.books("only", "half_up")
    firm.company("SO-FI", "FI", "EUR", "only", "Europe/Helsinki")
    firm.worker("F1", "SO-FI", "Pilot", cost="50", listed="120")
    firm.client("FC", "FI")
    firm.deal("ONE-1", "SO-FI", "FC", "T&M", rates={"Pilot": "100"})
    firm.work("ONE-1", "F1", [4], "8")
    lines = [["0.35", "99.99"]] * 3
    firm.facts["rounding_case"] = {
        "currency": "EUR",
        "tax_rate": "0.19",
        "rounding": "half_up",
        "lines": lines,
    }
    return firm
