"""A change of what an event says breaks whoever hears of it."""

import pytest

from gateway.published.contract_changes import compare
from gateway.published.contracts import Contracts, EventContract, Events, Schema
from gateway.published.schema_changes import ChangeKind
from tests.gateway.promises import TODAY


def told(name: str, *required: str, scope: str = "system:erp:read") -> Contracts:
    """Return the contract of one type of event."""
    properties = {each: Schema(type="string") for each in ("id", *required)}
    data = Schema(type="object", properties=properties, required=required)
    return Contracts({}, Events({name: EventContract(scope=scope, data=data)}))


@pytest.mark.parametrize(
    ("new", "kind"),
    [
        (told("paid"), ChangeKind.FIELD_REMOVED),
        (told("sent", "number"), ChangeKind.EVENT_REMOVED),
        (told("paid", "number", scope="system:hr:read"), ChangeKind.SCOPE_CHANGED),
    ],
)
def test_a_change_of_an_event_that_breaks_its_receivers_is_found(
    new: Contracts, kind: ChangeKind
) -> None:
    """What an event said it still says, to those who could hear of it before."""
    found = compare(told("paid", "number"), new, on=TODAY)

    assert [(each.operation, each.kind) for each in found if each.breaks] == [("paid", kind)]


def test_an_event_may_say_more() -> None:
    """A type that is new, and a field that is, break nobody."""
    found = compare(told("paid"), told("paid", "number"), on=TODAY)
    more = compare(Contracts({}), told("paid"), on=TODAY)

    assert [each.kind for each in found] == [ChangeKind.FIELD_ADDED]
    assert [each.kind for each in more] == [ChangeKind.EVENT_ADDED]
    assert not any(each.breaks for each in [*found, *more])
