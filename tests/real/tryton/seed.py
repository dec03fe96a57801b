"""Fill an activated Tryton database with the books of a firm; runs inside Tryton's own environment.

`python seed.py DATABASE CONFIG SPEC OUT`: SPEC names the firm (see `firm.json`), OUT
receives what a connector has to know: keys, users, and an id for each company.
"""

import datetime
import json
import secrets
import sys
from decimal import Decimal
from pathlib import Path

import pycountry
from proteus import Model, Wizard, config

SYSTEM_GROUPS = (
    "account.group_account",
    "account_payment.group_payment",
    "analytic_account.group_analytic_admin",
)
CLERK_GROUPS = (*SYSTEM_GROUPS, "account.group_account_admin", "party.group_party_admin")
PAYMENT_METHOD = "Bank"
ON_ACCOUNT = "Money on account"
PROJECTS = "Projects"


def main(database: str, config_path: str, spec_path: str, out_path: str) -> None:
    """Write the firm's books into the database, and what its users need into a file."""
    session = config.set_trytond(database, user="admin", config_file=config_path)
    spec = json.loads(Path(spec_path).read_text())
    countries(spec["countries"])
    currencies = {each["code"]: currency(each) for each in spec["currencies"]}
    for days in spec["payment_terms_days"]:
        payment_term(days)
    sold_by = {kind: unit for unit, kinds in spec["sold_by"].items() for kind in kinds}
    companies = {
        each["code"]: company(each, sold_by, currencies, session) for each in spec["companies"]
    }
    ids = [each["id"] for each in companies.values()]
    password = secrets.token_hex(16)
    user("strata-rpc", ids, SYSTEM_GROUPS, password)
    seeded = {
        "database": database,
        "rest_key": rest_key(user("strata-rest", ids, SYSTEM_GROUPS, None)),
        "clerk_key": rest_key(user("clerk", ids, CLERK_GROUPS, None)),
        "rpc_user": "strata-rpc",
        "rpc_password": password,
        "companies": companies,
    }
    Path(out_path).write_text(json.dumps(seeded, indent=1))


def countries(codes: list[str]) -> None:
    """Create countries with their subdivisions, as ISO 3166 names them."""
    country = Model.get("country.country")
    for code in codes:
        known = pycountry.countries.get(alpha_2=code)
        record = country(name=known.name, code=code, code3=known.alpha_3)
        for part in pycountry.subdivisions.get(country_code=code):
            if part.parent_code is None:
                record.subdivisions.new(name=part.name, code=part.code)
        record.save()


def currency(spec: dict[str, str]) -> Model:
    """Create a currency with its smallest unit and one rate."""
    unit = Decimal(spec["unit"])
    record = Model.get("currency.currency")(
        name=spec["code"], code=spec["code"], rounding=unit, digits=-int(unit.adjusted())
    )
    record.rates.new(date=datetime.date(2000, 1, 1), rate=Decimal(spec["rate"]))
    record.save()
    return record


def payment_term(days: int) -> None:
    """Create a payment term of so many days, if Tryton did not bring one."""
    term = Model.get("account.invoice.payment_term")
    name = f"Net {days} days" if days else "Upon Receipt"
    if term.find([("name", "=", name)]):
        return
    record = term(name=name)
    line = record.lines.new(type="remainder")
    (delta,) = line.relativedeltas or [line.relativedeltas.new()]
    delta.days = days
    record.save()


def company(
    spec: dict, sold_by: dict[str, str], currencies: dict[str, Model], session: object
) -> dict:
    """Create a company with its books, and return what a connector needs of it."""
    party = Model.get("party.party")(name=spec["name"], code=spec["code"])
    (address,) = party.addresses or [party.addresses.new()]
    (address.country,) = Model.get("country.country").find([("code", "=", spec["country"])])
    party.save()
    setup = Wizard("company.company.config")
    setup.execute("company")
    setup.form.party = party
    setup.form.currency = currencies[spec["currency"]]
    setup.execute("add")
    (made,) = Model.get("company.company").find([("party.code", "=", spec["code"])])
    operate(made, session)
    accounts = chart(made)
    for start, end in spec["fiscal_years"]:
        fiscal_year(made, spec["invoice_prefix"], start, end)
    receipts = journal("Receipts", "CASH")
    payment_method(made, PAYMENT_METHOD, receipts, accounts["cash"])
    payment_method(made, ON_ACCOUNT, journal(ON_ACCOUNT, "ONACC"), client_money(made, accounts))
    Model.get("analytic_account.account")(name=PROJECTS, company=made, type="root").save()
    return {
        "id": made.id,
        "payment_method": PAYMENT_METHOD,
        "on_account": ON_ACCOUNT,
        "projects": PROJECTS,
        "products": [
            each
            for tax in spec["taxes"]
            for each in products(spec["code"], sold_by, tax, taxed(made, spec, tax, accounts))
        ],
        "ledger": ledger(made, accounts),
        "purchases": [purchase(made, spec["code"], each, accounts) for each in spec["purchases"]],
    }


def operate(made: Model, session: object) -> None:
    """Let the administrator work in a company's books from here on."""
    user = Model.get("res.user")
    (admin,) = user.find([("login", "=", "admin")])
    if made.id not in [each.id for each in admin.companies]:
        admin.companies.append(Model.get("company.company")(made.id))
    admin.company = Model.get("company.company")(made.id)
    admin.save()
    session._context = user.get_preferences(True, {})


def chart(made: Model) -> dict[str, Model]:
    """Create the universal chart of accounts, and return the accounts that the seed uses."""
    create = Wizard("account.create_chart")
    create.execute("account")
    create.form.account_template = named(
        "account.account.template", "account.account_template_root_en"
    )
    create.form.company = made
    create.execute("create_account")
    account = Model.get("account.account")

    def first(*domain: tuple) -> Model:
        return account.find([("company", "=", made.id), ("closed", "!=", True), *domain], limit=1)[
            0
        ]

    accounts = {
        kind: first((f"type.{kind}", "=", True))
        for kind in ("receivable", "payable", "revenue", "expense")
    }
    accounts |= {"cash": first(("code", "=", "1.1.1")), "tax": first(("code", "=", "6.3.6"))}
    create.form.account_receivable = accounts["receivable"]
    create.form.account_payable = accounts["payable"]
    create.form.category_account_expense = accounts["expense"]
    create.form.category_account_revenue = accounts["revenue"]
    create.execute("create_properties")
    return accounts


def fiscal_year(made: Model, prefix: str, start: str, end: str) -> None:
    """Create a fiscal year with its months and number sequences, the invoices' by prefix."""
    name = start[:4]
    year = Model.get("account.fiscalyear")(
        name=f"{name} {made.rec_name}",
        company=made,
        start_date=datetime.date.fromisoformat(start),
        end_date=datetime.date.fromisoformat(end),
        move_sequence=sequence(made, "Account Move", f"Moves {name}", ""),
    )
    (sequences,) = year.invoice_sequences
    for way, start_of_number in (("out", prefix), ("in", f"BILL-{made.party.code}-")):
        numbers = sequence(made, "Invoice", f"{way} {name}", f"{start_of_number}{name[2:]}-")
        for kind in ("invoice", "credit_note"):
            setattr(sequences, f"{way}_{kind}_sequence", numbers)
    year.save()
    year.click("create_period")


def sequence(made: Model, kind: str, name: str, prefix: str) -> Model:
    """Create a gapless sequence of a company."""
    (of_kind,) = Model.get("ir.sequence.type").find([("name", "=", kind)], limit=1)
    record = Model.get("ir.sequence.strict")(
        name=name, sequence_type=of_kind, company=made, prefix=prefix, padding=4
    )
    record.save()
    return record


def journal(name: str, code: str, kind: str = "cash") -> Model:
    """Return the journal of a code, for money that comes in unless told; all companies share it."""
    model = Model.get("account.journal")
    known = model.find([("code", "=", code), ("type", "=", kind)], limit=1)
    if known:
        return known[0]
    made = model(name=name, code=code, type=kind)
    made.save()
    return made


def client_money(made: Model, accounts: dict[str, Model]) -> Model:
    """Create the account of what clients paid without naming an invoice."""
    beside = accounts["tax"]
    account = Model.get("account.account")(
        name="Client money on account",
        code="6.9.1",
        company=made,
        type=beside.type,
        parent=beside.parent,
        party_required=True,
        reconcile=True,
    )
    account.save()
    return account


def ledger(made: Model, accounts: dict[str, Model]) -> dict:
    """Create what is booked without a document in, and return what a connector needs of it."""
    journal("Accruals", "ACCR", "general")
    beside = accounts["tax"]
    owed = Model.get("account.account")(
        name="Received and not billed",
        code="6.9.2",
        company=made,
        type=beside.type,
        parent=beside.parent,
    )
    owed.save()
    codes = {"subcontract_cost": accounts["expense"].code, "accrued_liability": owed.code}
    return {"journal": "ACCR", "accounts": codes}


def payment_method(made: Model, name: str, booked_in: Model, account: Model) -> None:
    """Create a way in which invoices are paid."""
    Model.get("account.invoice.payment.method")(
        name=name,
        company=made,
        journal=booked_in,
        credit_account=account,
        debit_account=account,
    ).save()


def taxed(made: Model, spec: dict, tax_spec: dict[str, str], accounts: dict[str, Model]) -> Model:
    """Create a tax, and return the category of the products that are sold under it."""
    category, rate = tax_spec["category"], Decimal(tax_spec["rate"])
    tax = Model.get("account.tax")(
        name=f"{spec['code']} {category} {rate:%}",
        description=f"{category} {rate:.2%}",
        company=made,
        type="percentage",
        rate=rate,
        invoice_account=accounts["tax"],
        credit_note_account=accounts["tax"],
    )
    tax.save()
    sold = Model.get("product.category")(
        name=f"{spec['code']} services {category} {rate:%}",
        accounting=True,
        account_expense=accounts["expense"],
        account_revenue=accounts["revenue"],
    )
    sold.customer_taxes.append(Model.get("account.tax")(tax.id))
    sold.save()
    return sold


def purchase(made: Model, company_code: str, spec: dict, accounts: dict[str, Model]) -> dict:
    """Create a service that is bought under a tax, and return what a connector needs of it."""
    rate, assessed = Decimal(spec["tax_rate"]), spec.get("self_assessed", False)
    code = f"{company_code}-BOUGHT-{rate * 100:f}{'-RC' if assessed else ''}"
    taxes = [input_tax(made, code, rate, accounts)]
    if assessed:
        taxes.append(input_tax(made, f"{code}-OWED", -rate, accounts))
    bought = Model.get("product.category")(
        name=code,
        accounting=True,
        account_expense=accounts["expense"],
        account_revenue=accounts["revenue"],
    )
    bought.supplier_taxes.extend([Model.get("account.tax")(each.id) for each in taxes])
    bought.save()
    product(code, "Bought services", "Hour", bought)
    return {"tax_rate": spec["tax_rate"], "self_assessed": assessed, "code": code}


def input_tax(made: Model, name: str, rate: Decimal, accounts: dict[str, Model]) -> Model:
    """Create a tax of what is bought."""
    tax = Model.get("account.tax")(
        name=name,
        description=name,
        company=made,
        type="percentage",
        rate=rate,
        invoice_account=accounts["tax"],
        credit_note_account=accounts["tax"],
    )
    tax.save()
    return tax


def products(
    company_code: str, sold_by: dict[str, str], tax: dict[str, str], sold: Model
) -> list[dict]:
    """Create a product of a category for each kind of line, and return their codes."""
    made_products = []
    for kind, unit in sold_by.items():
        code = f"{company_code}-{kind.upper()}-{tax['category']}-{Decimal(tax['rate']) * 100:f}"
        product(code, kind, unit, sold)
        made_products.append(
            {
                "kinds": [kind],
                "tax_category": tax["category"],
                "tax_rate": tax["rate"],
                "code": code,
            }
        )
    return made_products


def product(code: str, kind: str, unit: str, sold: Model) -> None:
    """Create a service that is sold in a unit."""
    (uom,) = Model.get("product.uom").find([("name", "=", unit)])
    template = Model.get("product.template")(
        name=kind.replace("_", " ").capitalize(),
        code=code,
        type="service",
        default_uom=uom,
        list_price=Decimal(0),
        account_category=sold,
    )
    template.save()


def user(
    login: str, company_ids: list[int], groups: tuple[str, ...], password: str | None
) -> Model:
    """Create a user of all companies with groups of its own."""
    company_model = Model.get("company.company")
    record = Model.get("res.user")(name=login, login=login, password=password)
    record.companies.extend([company_model(each) for each in company_ids])
    record.company = company_model(company_ids[0])
    record.company_filter = "all"
    record.groups.extend([named("res.group", each) for each in groups])
    record.save()
    return record


def named(model: str, name: str) -> Model:
    """Return a record that a module ships, by its name there."""
    data = Model.get("ir.model.data")
    return Model.get(model)(data.get_id(name, config.get_config().context))


def rest_key(of_user: Model) -> str:
    """Create a validated key for the REST interface."""
    record = Model.get("res.user.application")(user=of_user, application="rest")
    record.save()
    return str(record.key)


if __name__ == "__main__":
    main(*sys.argv[1:])
