"""Made-up firms in which every stream has work: spent, bought, changed, credited, cut over."""

from calendar import monthrange
from datetime import timedelta
from decimal import Decimal
from fractions import Fraction

from tests.firms.amounts import as_of, halves, money
from tests.firms.crowded import part
from tests.firms.drafting import FirmDraft
from tests.firms.expecting import expected
from tests.firms.fixed import METHODS
from tests.firms.seeded import PLACES, RATES, Seeded

ABROAD = ("JPY", "KWD", "EUR", "USD", "GBP")
VENDOR = {
    "id": "V-1",
    "name": "Lowland Data",
    "country": "NL",
    "tax_id": "NL123456010B01",
    "onboarding": ["tax_form", "vat_check", "bank_verified", "nda", "insurance", "sanctions_check"],
}


class Widened(Seeded):
    """A firm that follows from its seed alone, with every stream in its first company."""

    def made(self) -> FirmDraft:
        """Return a firm of one company with a fixed price by every method, and fees."""
        self.books_kept()
        country, currency, zone = self.dice.choice(PLACES)
        code = self.opened(country, currency, zone)
        for model in ("RETAINER", "SUBSCRIPTION"):
            self.deal(code, country, currency, model)
        return self.widened(list(METHODS))

    def small(self) -> FirmDraft:
        """Return a firm of one company, in which each stream has a single project or two."""
        self.books_kept()
        self.opened(*self.dice.choice(PLACES))
        return self.widened([self.dice.choice(list(METHODS))])

    def widened(self, methods: list[str]) -> FirmDraft:
        """Give the first company what else may happen, and a fixed price by each method."""
        self.firm.staff("files")
        self.firm.facts["systems"].append({"id": "buying", "kind": "procurement"})
        self.firm.facts["expenses"] = []
        company = self.firm.facts["entities"][0]
        for number, each in enumerate(self.firm.facts["employees"]):
            each["utilization_target"] = f"0.{40 + number}"
        fixed = [self.fixed(company, method) for method in methods]
        self.cut_over(company)
        self.bought(company, fixed[0])
        self.changed(self.dice.choice(fixed))
        self.credited(company)
        return self.firm

    def fixed(self, company: dict[str, str], method: str) -> str:
        """Sell a fixed price that is earned by a method, and have people spend money for it."""
        terms = self.parts(company["currency"]) | {"revenue_method": method}
        return self.sold_for(company, terms)

    def cut_over(self, company: dict[str, str]) -> None:
        """Take a fixed price over of which a part is worked, earned and billed before the month."""
        terms = self.parts(company["currency"])
        began = (self.first - timedelta(days=1)).replace(day=1)
        amount = self.price(company["currency"], 5000)
        done = part("M0", amount, str(began + timedelta(days=13)), f"{began}T09:00:00Z")
        terms |= {
            "milestones": [done, *terms["milestones"]],  # type: ignore[misc]  # a list, as made
            "price": str(Decimal(str(terms["price"])) + Decimal(amount)),
            "billed_to_date": amount,
            "effective": {"from": str(began), "to": str(self.last + timedelta(days=100))},
            "revenue_method": self.dice.choice(list(METHODS)),
        }
        project = self.sold_for(company, terms)
        days = monthrange(began.year, began.month)[1]
        for day in self.dice.sample(range(1, days), 3):
            self.firm.work(project, f"{company['country']}1", [1], "5.25")
            self.firm.facts["time_entries"][-1]["work_date"] = str(began.replace(day=day))

    def sold_for(self, company: dict[str, str], terms: dict[str, object]) -> str:
        """Sell a project, have people work on it, and spend money in some currency."""
        self.sold += 1
        country = company["country"]
        project, client = f"{country}.{self.sold}", f"CU{self.sold}"
        self.firm.client(client, country, name=f"Brook {self.sold}", tax_id=None)
        tax = {"category": "S", "rate": self.dice.choice(("0.05", "0.19", "0.0875"))}
        self.firm.deal(project, company["id"], client, "FIXED_FEE", tax=tax, **terms)
        for count in (1, 2):
            days = self.dice.sample(range(1, self.last.day), self.dice.randint(1, 4))
            self.firm.work(project, f"{country}{count}", sorted(days), self.quarters(1, 30))
        for currency in self.dice.sample(ABROAD, 2):
            self.spent(project, f"{country}1", currency, billable=False)
        return project

    def quarters(self, least: int, most: int) -> str:
        """Return so many quarters of an hour."""
        return as_of(Fraction(self.dice.randint(least, most), 4))

    def spent(self, project: str, who: str, currency: str, *, billable: bool) -> None:
        """Have somebody spend money on a day of the month, with a receipt."""
        count = len(self.firm.facts["expenses"]) + 1
        day = self.first.replace(day=self.dice.randint(1, 25))
        self.firm.facts["expenses"].append(
            {
                "id": f"X{count}",
                "employee": who,
                "project": project,
                "date": str(day),
                "category": self.dice.choice(("airfare", "rail", "taxi")),
                "merchant": f"Carrier {count}",
                "amount": self.price(currency, 300),
                "currency": currency,
                "billable": billable,
                "receipt": f"sha256:{count:064d}",
            }
        )

    def bought(self, company: dict[str, str], project: str) -> None:
        """Buy hours of a contractor, billed too high, in parts, and once too often."""
        country, currency = company["country"], company["currency"]
        rate = self.price(currency, 70)
        who = f"{country}9"
        self.firm.worker(who, company["id"], "Outside", cost=rate, listed=self.price(currency, 140))
        person = self.firm.facts["employees"][-1]
        person |= {"employment_type": "contractor", "vendor": VENDOR["id"]}
        days = sorted(self.dice.sample(range(1, self.last.day), 4))
        hours = self.quarters(8, 32)
        self.firm.work(project, who, days, hours)
        self.firm.booked(project, who)
        worked = 4 * Fraction(hours)
        half, quarter = worked / 2, Fraction(1, 4)
        rest = as_of(half - quarter)  # two bills of one amount would look like one
        self.firm.facts["procurement"] = {
            "vendor": VENDOR,
            "po": {
                "id": "PO-701",
                "legal_entity": company["id"],
                "contractor": who,
                "hours": as_of(worked + self.dice.randint(0, 20)),
                "rate": rate,
                "currency": currency,
                "project": project,
                "end": str(self.last + timedelta(days=30)),
            },
            "self_assessed_tax_rate": "0.20",
            "bills": [
                {"number": "L-1", "hours": as_of(worked + self.dice.randint(1, 8) * quarter)},
                {"number": "L-2", "hours": as_of(half)},
                {"number": "L-3", "hours": as_of(half + quarter)},
                {"number": "L-4", "hours": rest},
                {"number": "L-4", "hours": rest},
            ],
        }

    def changed(self, project: str) -> None:
        """Have a client ask for more of a fixed price, treated in one of three ways."""
        [contract] = [each for each in self.firm.facts["contracts"] if each["project"] == project]
        more = self.price(contract["currency"], 2000)
        after = Decimal(contract["eac_cost"]) + Decimal(self.price(contract["currency"], 900))
        distinct = self.dice.random() < 0.67
        self.firm.facts["change_request"] = {
            "id": "CR-7",
            "project": project,
            "price_delta": more,
            "eac_after": str(after),
            "distinct": distinct,
            "at_standalone_price": distinct and self.dice.random() < 0.5,
        }

    def credited(self, company: dict[str, str]) -> None:
        """Bill hours and costs over a cap, take some back, bill again, and raise the cap."""
        country, currency = company["country"], company["currency"]
        self.sold += 1
        project, client = f"{country}.{self.sold}", f"CU{self.sold}"
        self.firm.client(client, country, name=f"Delta {self.sold}", tax_id=None)
        rates = {f"Role {country} {count}": self.price(currency, 180) for count in (1, 2)}
        hours = [Fraction(self.dice.randint(8, 30), 4) for _ in rates]
        worth = sum(
            (5 * h * Fraction(r) for h, r in zip(hours, rates.values(), strict=True)), Fraction(0)
        )
        self.firm.deal(
            project,
            company["id"],
            client,
            "T&M",
            rates=rates,
            nte_cap=money(halves(worth * Fraction(8, 10), currency, even=False), currency),
            expenses="billable at cost",
        )
        for count, each in enumerate(hours, start=1):
            days = sorted(self.dice.sample(range(1, self.last.day), 5))
            self.firm.work(project, f"{country}{count}", days, as_of(each))
        self.spent(project, f"{country}1", currency, billable=True)
        self.spent(project, f"{country}2", self.dice.choice(sorted(RATES)), billable=False)
        case = {"project": project, "employee": f"{country}2", "entries": 2}
        self.firm.facts["credit_rebill"] = case | {"corrected_hours": as_of(hours[1])}
        if Fraction(expected(self.firm.facts)["credit_rebill"]["still_held"]):
            higher = money(halves(worth * Fraction(9, 10), currency, even=False), currency)
            self.firm.facts["cap_raise"] = {"contract": f"K/{project}", "nte_cap": higher}
