"""A firm's `fixture.json`, put together deal by deal."""

import json
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

from tests.firms.expecting import expected
from tests.firms.reckoning import Facts

ROLES = (
    "line_manager",
    "resource_manager",
    "finance",
    "finance_director",
    "cfo",
    "sales_operations",
    "sales_director",
    "procurement",
    "steward",
    "executive",
    "operator",
)
CLOSING = Decimal("1.015625")


class FirmDraft:
    """A firm in the making; every company has a project manager and people of its own."""

    def __init__(self, name: str, start: str, end: str, reporting: str, rates: dict[str, str]):
        self.start, self.end = date.fromisoformat(start), date.fromisoformat(end)
        self.facts: Facts = {
            "name": name,
            "reporting_currency": reporting,
            "fx_avg": rates,
            "fx_close": {
                code: rate if code == reporting else f"{Decimal(rate) * CLOSING:f}"
                for code, rate in rates.items()
            },
            "period": {"start": start, "end": end},
            "entities": [],
            "systems": [
                {"id": "pipeline", "kind": "crm"},
                {"id": "deliver", "kind": "psa"},
                {"id": "signed", "kind": "contracts"},
            ],
            "people": [
                {"id": f"S-{count}", "name": f"Staff {count}", "roles": [role], "entities": []}
                for count, role in enumerate(ROLES, start=1)
            ],
            "employees": [],
            "list_rates": [],
            "clients": [],
            "opportunities": [],
            "contracts": [],
            "assignments": [],
            "time_entries": [],
        }

    def books(self, name: str, rounding: str) -> None:
        """Give the firm an ERP."""
        self.facts["systems"].append({"id": name, "kind": "erp", "rounding": rounding})

    def staff(self, name: str) -> None:
        """Give the firm an HR system."""
        self.facts["systems"].append({"id": name, "kind": "hr"})

    def company(self, code: str, country: str, currency: str, erp: str, tz: str) -> None:
        """Give the firm a company, with somebody who manages its projects."""
        self.facts["entities"].append(
            {
                "id": code,
                "name": f"{self.facts['name']} {country}",
                "country": country,
                "currency": currency,
                "erp": erp,
                "tz": tz,
            }
        )
        for person in self.facts["people"]:
            if person["id"].startswith("S-"):
                person["entities"].append(code)
        manager = {"id": f"M-{code}", "name": f"Lead of {code}", "roles": ["project_manager"]}
        self.facts["people"].append(manager | {"entities": [code]})

    def worker(self, number: str, company: str, role: str, *, cost: str, listed: str) -> None:
        """Give a company somebody who works on projects."""
        person = {"id": number, "name": f"Name {number}", "legal_entity": company}
        self.facts["employees"].append(person | {"role": role, "cost_rate": cost})
        if role not in {each["role"] for each in self.facts["list_rates"]}:
            self.facts["list_rates"].append({"role": role, "rate": listed})

    def client(self, number: str, country: str, **more: object) -> None:
        """Give the firm a client."""
        address = {"street": "1 Long Lane", "city": "Hill", "postal_code": "2000"}
        client = {"id": number, "name": f"Client {number}", "country": country}
        self.facts["clients"].append(client | {"address": address, "terms_days": 21} | more)

    def deal(self, project: str, company: str, client: str, model: str, **terms: object) -> None:
        """Sell a project; terms take the place of the usual ones."""
        currency = next(e["currency"] for e in self.facts["entities"] if e["id"] == company)
        contract = {
            "id": f"K/{project}",
            "opportunity": f"D/{project}",
            "client": client,
            "project": project,
            "project_manager": f"M-{company}",
            "legal_entity": company,
            "currency": currency,
            "billing_model": model,
            "signed_at": f"{self.start - timedelta(days=9)}T10:00:00Z",
            "document": f"sha256:{len(self.facts['contracts']):064d}",
            "effective": {"from": str(self.start), "to": str(self.end + timedelta(days=300))},
            "terms_days": 21,
            "tax": {"category": "S", "rate": "0.10"},
        } | terms
        self.facts["contracts"].append(contract)
        self.facts["opportunities"].append(self.sale(contract))

    def sale(self, contract: Facts, **more: object) -> Facts:
        """Return the won opportunity of a contract."""
        worth = contract.get("nte_cap") or contract.get("price") or "1000"
        if "monthly" in contract and "term_months" in contract:
            worth = str(int(contract["monthly"]) * int(contract["term_months"]))
        return {
            "id": contract["opportunity"],
            "client": contract["client"],
            "contract": contract["id"],
            "name": f"Work {contract['project']}",
            "amount": worth,
            "currency": contract["currency"],
            "discount_pct": "0",
            "stage": "closed_won",
            "closed_won_at": f"{self.start - timedelta(days=12)}T10:00:00Z",
            "rates": contract.get("rates", {}),
        } | more

    def work(self, project: str, who: str, days: list[int], hours: str, **more: object) -> None:
        """Have somebody work on days of the month; the row numbers follow each other."""
        for day in days:
            row = {
                "id": f"W{len(self.facts['time_entries']) + 1:05d}",
                "employee": who,
                "project": project,
                "work_date": str(self.start.replace(day=day)),
                "hours": hours,
                "billable": True,
            }
            self.facts["time_entries"].append(row | more)

    def booked(self, project: str, who: str) -> None:
        """Book somebody on a project for the month."""
        booking = {"employee": who, "project": project, "percent": "50", "booking": "hard"}
        self.facts["assignments"].append(booking | {"from": str(self.start), "to": str(self.end)})

    def write(self, directory: Path) -> Facts:
        """Write both files, and return what is expected."""
        directory.mkdir()
        figures = expected(self.facts)
        (directory / "fixture.json").write_text(json.dumps(self.facts, indent=1))
        (directory / "expected.json").write_text(json.dumps(figures, indent=1))
        return figures
