"""What a firm's own file, and what names its companies elsewhere, tell that cannot be so.

It can be read all the same; without this it is found when the first record needs it.
"""

from collections.abc import Collection, Iterator
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from msgspec.structs import fields

from gateway.firm import Firm
from gateway.machine import Trouble
from gateway.settings import Settings
from governance.editions import Editions
from governance.roles import Role
from system_apis.misfit import one_of

# The setting that names the firm's file, where everything else but grants stands.
FIRM = "firm"


def troubles_with_firm(settings: Settings, firm: Firm) -> Iterator[Trouble]:
    """Return what is named in the firm's file, or in what issuers give, and is not there."""
    for number, each in enumerate(firm.entities):
        at = f"{FIRM} entities[{number}]"
        yield from _zone(f"{at}.tz", each.tz)
        if each.erp is not None:
            yield from _strangers(f"{at}.erp", [each.erp], {one.id for one in firm.systems})
        if each.currency not in {firm.reporting_currency, *firm.fx_avg}:
            what = f"there is no rate of {each.currency} in `fx_avg`"
            why = "what a company bills is held against limits in the reporting currency"
            yield Trouble(f"{at}.currency", what, why, "write its rate there")
    yield from _companies(firm)
    yield from _people(firm)
    yield from _editions(firm)
    yield from _grants(settings, firm)


def _zone(at: str, name: str) -> Iterator[Trouble]:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        why = "days begin and periods end by it"
        remedy = "write one like Europe/Berlin"
        yield Trouble(at, f"{name!r} is no time zone", why, remedy, stops=True)


def _strangers(at: str, named: Collection[str], known: Collection[str]) -> Iterator[Trouble]:
    for each in sorted(set(named) - set(known)):
        why = "what is meant is done by nobody, or for nobody"
        yield Trouble(at, f"{each!r} is named there, and is none", why, one_of(known, each))


def _companies(firm: Firm) -> Iterator[Trouble]:
    for number, each in enumerate(firm.systems):
        at = f"{FIRM} systems[{number}].entities"
        yield from _strangers(at, each.entities, firm.codes)


def _people(firm: Firm) -> Iterator[Trouble]:
    roles, units = frozenset(map(str, Role)), {each.code for each in firm.business_units}
    for number, each in enumerate(firm.people):
        at = f"{FIRM} people[{number}]"
        yield from _strangers(f"{at}.roles", each.roles, roles)
        yield from _strangers(f"{at}.entities", each.entities, firm.codes)
        yield from _strangers(f"{at}.units", each.units, units)
    limits = firm.approval_thresholds
    tiers = {
        "invoice": limits.invoice,
        "po": limits.po or (),
        "expense_line": limits.expense_line or (),
        "discount_pct": limits.discount_pct or (),
        "pricing_mismatch": (limits.pricing_mismatch,) if limits.pricing_mismatch else (),
    }
    for name, told in tiers.items():
        named = {role for tier in told for role in tier.approvers}
        yield from _strangers(f"{FIRM} approval_thresholds.{name}", named, roles)


def _editions(firm: Firm) -> Iterator[Trouble]:
    for each in fields(firm.terms):
        try:
            Editions(None, getattr(firm.terms, each.name))
        except ValueError as error:
            why = "what holds on a day is told by the order of its editions"
            remedy = "give each a later day and a higher version than the one before"
            at = f"{FIRM} terms.{each.name}"
            yield Trouble(at, str(error), why, remedy, stops=True)


def _grants(settings: Settings, firm: Firm) -> Iterator[Trouble]:
    units = {each.code for each in firm.business_units}
    for issuer in settings.issuers:
        at = f"issuers.{issuer.name}.grants"
        for each in issuer.grants:
            yield from _strangers(f"{at}.entities", each.entities, firm.codes)
            yield from _strangers(f"{at}.units", each.units, units)
