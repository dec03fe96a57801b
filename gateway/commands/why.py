"""`strata why`: what a number is made of, down to its sources."""

import sys
from collections.abc import Callable, Sequence
from datetime import date, timedelta
from pathlib import Path
from urllib.parse import quote, urlencode

import click
import msgspec

from experience_apis.executive.reasons import FigureName
from gateway.calling import Caller, NotDone
from gateway.commands.asking import caller_of
from gateway.people import UnknownIdentity
from gateway.settings import Settings
from process_apis.explanations.tree import Explanation, Node

_ADDRESS = "/experience/finance/v1/explanations"
Found = Callable[[Caller], Explanation]


@click.group()
def why() -> None:
    """Say why a number is what it is, down to its sources.

    Each part adds up to what it is under; what a number rests on is marked with a dash. Exits 2
    when the gateway cannot be asked, or has no such number for you.
    """


def _asked_by(command: Callable[..., None]) -> Callable[..., None]:
    """Let a command take who asks, and how the answer is printed."""
    for option in (
        click.option("--json", "as_json", is_flag=True, help="Print the explanation as JSON."),
        click.option("--as", "who", default="finance", help="Who asks, in the sandbox."),
        click.option("--token-file", type=click.Path(path_type=Path), help="Your token's file."),
    ):
        command = option(command)
    return command


@why.command("invoice")
@click.argument("number")
@click.option("--line", type=click.IntRange(1), help="Explain this line only, counted from 1.")
@_asked_by
@click.pass_obj
def why_invoice(
    settings: Settings,
    number: str,
    line: int | None,
    who: str,
    token_file: Path | None,
    *,
    as_json: bool,
) -> None:
    """Say why an invoice is what it is, by its number or id."""
    query = f"?line={line}" if line else ""

    def ask(caller: Caller) -> Explanation:
        body = caller.send("GET", f"{_ADDRESS}/invoices/{quote(number, safe='')}{query}")
        return msgspec.json.decode(body, type=Explanation)

    _tell(settings, who, token_file, ask, as_json=as_json)


@why.command("event")
@click.argument("billing_event")
@_asked_by
@click.pass_obj
def why_event(
    settings: Settings, billing_event: str, who: str, token_file: Path | None, *, as_json: bool
) -> None:
    """Say why a billing event is invoiced, held or written off, by its id."""
    place = f"billing-events/{quote(billing_event, safe='')}"
    _tell(settings, who, token_file, _at(place), as_json=as_json)


@why.command("payment")
@click.argument("payment")
@_asked_by
@click.pass_obj
def why_payment(
    settings: Settings, payment: str, who: str, token_file: Path | None, *, as_json: bool
) -> None:
    """Say which invoices a client's payment pays, by its id."""
    _tell(settings, who, token_file, _at(f"payments/{quote(payment, safe='')}"), as_json=as_json)


@why.command("order")
@click.argument("number")
@_asked_by
@click.pass_obj
def why_order(
    settings: Settings, number: str, who: str, token_file: Path | None, *, as_json: bool
) -> None:
    """Say why a purchase order is what it is, by its number or id."""
    _tell(settings, who, token_file, _at(f"orders/{quote(number, safe='')}"), as_json=as_json)


@why.command("bill")
@click.argument("number")
@_asked_by
@click.pass_obj
def why_bill(
    settings: Settings, number: str, who: str, token_file: Path | None, *, as_json: bool
) -> None:
    """Say why a vendor's bill is what it is, by its number or id."""
    _tell(settings, who, token_file, _at(f"bills/{quote(number, safe='')}"), as_json=as_json)


@why.command("revenue")
@click.argument("project")
@click.option("--period", required=True, help="The month, written 2026-10.")
@_asked_by
@click.pass_obj
def why_revenue(
    settings: Settings,
    project: str,
    period: str,
    who: str,
    token_file: Path | None,
    *,
    as_json: bool,
) -> None:
    """Say why a project's revenue of a month is what it is."""
    address = f"{_ADDRESS}/revenue/{quote(project, safe='')}?{urlencode({'month': period})}"

    def ask(caller: Caller) -> Explanation:
        return msgspec.json.decode(caller.send("GET", address), type=Explanation)

    _tell(settings, who, token_file, ask, as_json=as_json)


@why.command("kpi")
@click.argument("name", type=click.Choice([each.value for each in FigureName]))
@click.option("--period", required=True, type=click.DateTime(["%Y-%m"]), help="2026-10, say.")
@click.option("--entity", help="Of this company only, by its code.")
@_asked_by
@click.pass_obj
def why_kpi(
    settings: Settings,
    name: str,
    period: date,
    entity: str | None,
    who: str,
    token_file: Path | None,
    *,
    as_json: bool,
) -> None:
    """Say why a key figure of a month is what it is."""
    start = date(period.year, period.month, 1)
    end = (start + timedelta(days=31)).replace(day=1) - timedelta(days=1)
    asked = {"figure": name, "start": start.isoformat(), "end": end.isoformat()}
    asked |= {"legal_entity": entity} if entity else {}

    address = f"/experience/executive/v1/explanations?{urlencode(asked)}"

    def ask(caller: Caller) -> Explanation:
        return msgspec.json.decode(caller.send("GET", address), type=Explanation)

    _tell(settings, who, token_file, ask, as_json=as_json)


def _at(place: str) -> Found:
    """Return what asks finance's explanations at a place."""

    def ask(caller: Caller) -> Explanation:
        return msgspec.json.decode(caller.send("GET", f"{_ADDRESS}/{place}"), type=Explanation)

    return ask


def _tell(
    settings: Settings, who: str, token_file: Path | None, ask: Found, *, as_json: bool
) -> None:
    """Print an explanation, or say why there is none."""
    try:
        found = ask(caller_of(settings, who, token_file))
    except (NotDone, UnknownIdentity) as error:
        click.echo(f"Error: {error}", err=True)
        sys.exit(2)
    click.echo(msgspec.json.encode(found) if as_json else "\n".join(lines(found.nodes)))


def lines(nodes: Sequence[Node]) -> list[str]:
    """Return an explanation for people, a line a node, each under what it is a part of."""
    depth: dict[int, int] = {}
    said = []
    for each in nodes:
        depth[each.number] = 0 if each.part_of is None else depth[each.part_of] + 1
        mark = "" if each.adds else "- "
        numbers = [str(one) for one in (_hours(each), each.amount) if one is not None]
        head = ": ".join([f"{mark}{each.what}", *([", ".join(numbers)] if numbers else [])])
        facts = "; ".join(f"{one.name} {one.value}" for one in each.facts)
        said.append(f"{'  ' * depth[each.number]}{head}{f' ({facts})' if facts else ''}")
    return said


def _hours(node: Node) -> str | None:
    return None if node.quantity is None else f"{node.quantity:,f}"
