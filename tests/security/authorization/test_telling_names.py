"""AZ-24: what by its name tells of pay or of private life asks for a scope, or says why not."""

import re
from collections.abc import Iterator
from typing import get_args, get_origin

import pytest
from msgspec import Struct
from msgspec.structs import fields

from gateway.apis import APIS
from gateway.mounting import read_api
from gateway.published.canonical_model import published_types
from system_apis.canonical.money import Money
from system_apis.restricted import scope_of

TELLING = re.compile(
    r"cost|salar|wage|payroll|compensation|bonus|margin\Z|iban|bank|tax_id"
    r"|birth|gender|nationality|religion|health|sick|leave_type|marital|passport"
    r"|social_security|home_|private|personal|mobile|phone|e?mail"
)
WHY_NOT = {
    "BusinessUnit.cost_center": "a code of the books, and no amount",
    "Client.tax_id": "a client's, which stands on each of its invoices",
    "ClientDraft.tax_id": "a client's, which stands on each of its invoices",
    "ClientRecord.tax_id": "a client's, which stands on each of its invoices",
    "Share.cost": "what a call counts for in a rate plan",
    "ClientMaster.tax_ids": "a client's, which stands on each of its invoices",
    "Contact.email": "where a client's person is written to at work",
    "Contact.phone": "where a client's person is called at work",
    "Employee.work_email": "where everybody of the firm is written to at work",
    "ExpenseWish.supplier_tax_id": "a supplier's, which stands on the receipt that is handed in",
    "LegalEntity.tax_id": "the firm's own, which stands on its invoices",
}
ANSWERS = [
    mounted.handler.fn.__annotations__["return"]
    for module in APIS
    for mounted in read_api(module).operations
]


def test_az_24_no_record_of_ours_tells_of_pay_or_private_life_to_everybody() -> None:
    """Every canonical record that is shown, read field by field; a draft is its writer's."""
    kinds = [each for each in published_types().values() if not each.__name__.endswith("Draft")]
    told = {name for kind in kinds for name in _telling(kind, deep=False)}

    assert len(kinds) > 100
    assert told <= set(WHY_NOT)


def test_az_24_no_answer_of_any_api_does() -> None:
    """Of all that every operation can answer, however deep; above a system too."""
    told = {name for answer in ANSWERS for name in _telling(answer, deep=True)}

    assert told <= set(WHY_NOT)


class _Order(Struct):
    """A record to which somebody has just added what it costs."""

    number: str
    cost_of_work: Money


class _Orders(Struct):
    """An answer that holds it."""

    items: list[_Order]


@pytest.mark.parametrize(("kind", "deep"), [(_Order, False), (_Orders, True)])
def test_a_new_cost_that_asks_for_no_scope_is_noticed(kind: type, deep: bool) -> None:
    """In the record itself, and within what is answered."""
    assert list(_telling(kind, deep=deep)) == ["_Order.cost_of_work"]


def _telling(annotation: object, *, deep: bool) -> Iterator[str]:
    """Yield the telling fields of a type that ask for no scope, nor stand in one that does."""
    kind = get_origin(annotation) or annotation
    if isinstance(kind, type) and issubclass(kind, Struct):
        for field in fields(kind):
            if scope_of(field) is not None:
                continue
            if TELLING.search(field.name):
                yield f"{kind.__name__}.{field.name}"
            if deep:
                yield from _telling(field.type, deep=True)
    for part in get_args(annotation):
        yield from _telling(part, deep=deep)
