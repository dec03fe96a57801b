"""Firms made up by a seeded generator: any month, companies, currencies, books and deals."""

from calendar import monthrange
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from random import Random

from tests.firms.amounts import as_of, halves, money
from tests.firms.crowded import part
from tests.firms.drafting import FirmDraft

PLACES = (
    ("AT", "EUR", "Europe/Vienna"),
    ("JP", "JPY", "Asia/Tokyo"),
    ("KW", "KWD", "Asia/Kuwait"),
    ("GB", "GBP", "Europe/London"),
    ("KR", "KRW", "Asia/Seoul"),
    ("US", "USD", "America/Denver"),
)
RATES = {"USD": "1", "EUR": "1.1", "JPY": "0.007", "KWD": "3.2", "GBP": "1.3", "KRW": "0.0007"}
MODELS = ("T&M", "FIXED_FEE", "RETAINER", "SUBSCRIPTION")
NAMES = ("Quince", "Lumen", "Harrow", "Ostrava", "Bluegate", "Fenwick", "Zephyr", "Marlow")


class Seeded:
    """A firm that follows from its seed alone."""

    def __init__(self, seed: int) -> None:
        self.dice = Random(seed)  # noqa: S311  # must be played again from its seed
        year, month = self.dice.choice((2027, 2028, 2029)), self.dice.randint(1, 12)
        self.first = date(year, month, 1)
        self.last = self.first.replace(day=monthrange(year, month)[1])
        self.firm = FirmDraft(f"Seed {seed}", str(self.first), str(self.last), "USD", RATES)
        self.sold = 0

    def made(self) -> FirmDraft:
        """Return the firm with its companies and their deals."""
        self.books_kept()
        for country, currency, zone in self.dice.sample(PLACES, self.dice.randint(2, 3)):
            code = self.opened(country, currency, zone)
            for model in self.dice.sample(MODELS, 3):
                self.deal(code, country, currency, model)
        return self.firm

    def books_kept(self) -> None:
        """Give the firm two ERPs."""
        for name in ("upper", "lower"):
            self.firm.books(name, self.dice.choice(("half_up", "half_even")))

    def opened(self, country: str, currency: str, zone: str) -> str:
        """Open a company with two people, and return its code."""
        code = f"SD{country}"
        self.firm.company(code, country, currency, self.dice.choice(("upper", "lower")), zone)
        for count in (1, 2):
            cost, listed = self.price(currency, 60), self.price(currency, 200)
            role = f"Role {country} {count}"
            self.firm.worker(f"{country}{count}", code, role, cost=cost, listed=listed)
        return code

    def price(self, currency: str, about: int) -> str:
        """Return an amount in minor units, of the size that the currency has."""
        size = Fraction(self.dice.randint(5_000, 15_000), 10_000)
        worth = about * size / Fraction(RATES[currency])
        return money(halves(worth, currency, even=False), currency)

    def deal(self, code: str, country: str, currency: str, model: str) -> None:
        """Sell one project, and have people work on it."""
        self.sold += 1
        project, client = f"{country}.{self.sold}", f"CU{self.sold}"
        name = f"{NAMES[(self.sold - 1) % len(NAMES)]} {self.sold}"
        self.firm.client(client, country, name=name, tax_id=None)
        rate = self.dice.choice(("0.05", "0.19", "0.081", "0.0875"))
        terms: dict[str, object] = {"tax": {"category": "S", "rate": rate}}
        if self.dice.random() < 0.3:
            terms["tax"] = {"category": self.dice.choice("EGZ"), "rate": "0"}
        if model == "T&M":
            terms |= self.time(country, currency)
        elif model == "FIXED_FEE":
            terms |= self.parts(currency)
        else:
            terms |= self.recurring(currency, model)
        self.firm.deal(project, code, client, model, **terms)
        begins = date.fromisoformat(self.firm.facts["contracts"][-1]["effective"]["from"]).day
        for count in (1, 2):
            days = sorted(self.dice.sample(range(begins, self.last.day), self.dice.randint(1, 5)))
            hours = as_of(Fraction(self.dice.randint(1, 36), 4))
            self.firm.work(project, f"{country}{count}", days, hours)
        if self.dice.random() < 0.4:
            self.firm.work(project, f"{country}1", [self.last.day], "3", billable=False)
        if model == "SUBSCRIPTION":
            self.report(project)

    def time(self, country: str, currency: str) -> dict[str, object]:
        """Return the terms of work at rates: a cap or none, an order that comes late or none."""
        rates = {f"Role {country} {count}": self.price(currency, 180) for count in (1, 2)}
        terms: dict[str, object] = {"rates": rates}
        terms["invoicing"] = {"detail": self.dice.choice(("person", "entry", "role"))}
        if self.dice.random() < 0.6:
            terms["nte_cap"] = self.price(currency, 4000)
        if self.dice.random() < 0.5:
            at = f"{self.last}T{self.dice.choice(('05', '19'))}:30:00Z"
            size = self.price(currency, 900_000)
            order = {"number": f"O{self.sold}", "amount": size, "valid_to": "2031-12-31"}
            terms |= {"po_required": True, "purchase_order": order | {"received_at": at}}
        return terms

    def parts(self, currency: str) -> dict[str, object]:
        """Return the terms of a fixed price: parts in the month, and one after it."""
        amounts = [self.price(currency, 9000) for _ in range(3)]
        price = str(sum(map(Decimal, amounts)))
        days = sorted(self.dice.sample(range(2, 28), 2))
        milestones: list[dict[str, object]] = []
        for count, (day, amount) in enumerate(zip(days, amounts, strict=False), start=1):
            on = self.first.replace(day=day)
            came = on - timedelta(days=self.dice.choice((0, 1)))
            milestones.append(part(f"M{count}", amount, str(on), f"{came}T15:00:00Z"))
        later = str(self.last + timedelta(days=60))
        milestones.append({"id": "M3", "amount": amounts[2], "planned_date": later})
        return {
            "price": price,
            "eac_cost": self.price(currency, 7000),
            "revenue_method": "OVER_TIME_INPUT_COST",
            "milestones": milestones,
        }

    def recurring(self, currency: str, model: str) -> dict[str, object]:
        """Return the terms of a monthly fee, which may begin within the month."""
        terms: dict[str, object] = {"monthly": self.price(currency, 6000)}
        if self.dice.random() < 0.4:
            begins = self.first.replace(day=self.dice.randint(2, 20))
            terms["effective"] = {"from": str(begins), "to": str(begins + timedelta(days=400))}
        if model == "RETAINER":
            terms["included_hours"] = str(self.dice.choice((4, 12, 40)))
            terms["overage_rate"] = self.price(currency, 160)
        elif self.dice.random() < 0.6:
            terms["billing"] = "in advance"
        return terms

    def report(self, project: str) -> None:
        """Report on the service of a month, which was as promised or not."""
        contract = self.firm.facts["contracts"][-1]
        if contract.get("billing") != "in advance":
            return
        told = {"contract": f"K/{project}", "period": f"{self.first:%Y-%m}", "met": True}
        if self.dice.random() < 0.6:
            told |= {"met": False, "credit_pct": self.dice.choice(("5", "2.5", "10"))}
        at = f"{self.first.replace(day=self.dice.randint(21, 27))}T07:00:00Z"
        self.firm.facts.setdefault("service_levels", []).append(told | {"reported_at": at})
