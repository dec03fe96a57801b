"""What an event says is what its schema promises, for every type of event."""

from datetime import UTC, datetime
from typing import get_type_hints

import msgspec
import pytest
from jsonschema import Draft202012Validator
from msgspec.structs import replace

from governance.json_schemas import json_schema
from process_apis.events import published as published_events
from process_apis.events.business_event import BusinessEvent
from process_apis.events.published import EVENT_TYPES, TESTED, Facts, published, told
from process_apis.events.schemas import said_by
from system_apis.canonical.money import Money

AT = datetime(2026, 11, 28, 9, tzinfo=UTC)
PUBLISHED = sorted(published(), key=lambda each: each.__name__)
OPTIONAL = {"legal_entity", "amount"}


def example(fact: type[BusinessEvent], legal_entity: str | None) -> BusinessEvent:
    """Return a fact with something in each of its fields."""
    values = {Money: Money("9.00", "USD"), int: 1}
    hints = get_type_hints(fact).items()
    said = {name: values.get(kind, "2026-10") for name, kind in hints if name != "KEY"}
    return fact(**{**said, "legal_entity": legal_entity})


def faults(name: str, facts: Facts) -> list[str]:
    """Return what is wrong with what an event says, by the schema of its type."""
    validator = Draft202012Validator(msgspec.json.decode(json_schema(said_by()[name])))
    said = msgspec.json.decode(msgspec.json.encode(facts))
    return [each.message for each in validator.iter_errors(said)]


def test_every_type_of_event_has_a_schema() -> None:
    """The one by which receivers are tried, too."""
    assert said_by().keys() == EVENT_TYPES.keys()
    assert all(
        each.schema_at.endswith(f"/event-types/{each.type}") for each in EVENT_TYPES.values()
    )


@pytest.mark.parametrize("fact", PUBLISHED)
@pytest.mark.parametrize("company", ["NWA-US", None])
def test_what_is_said_of_a_fact_keeps_to_its_schema(
    fact: type[BusinessEvent], company: str | None
) -> None:
    """Whatever is not promised may be missing, and whatever is said is told of in the schema."""
    out = told(example(fact, company), AT)
    assert out is not None
    said = msgspec.json.decode(msgspec.json.encode(out.facts), type=dict[str, object])

    assert faults(out.type, out.facts) == []
    assert faults(out.type, replace(out.facts, amount=None)) == []
    assert said.keys() <= set(said_by()[out.type].__struct_fields__)


@pytest.mark.parametrize("fact", PUBLISHED)
def test_what_is_promised_of_a_fact_is_missed(fact: type[BusinessEvent]) -> None:
    """A receiver that checks finds an event that says less, or is of something else."""
    out = told(example(fact, "NWA-US"), AT)
    assert out is not None
    promised = set(said_by()[out.type].__struct_fields__) - OPTIONAL - {"entity", "id", "read_at"}
    less = [replace(out.facts, **{each: None}) for each in promised]

    assert all(faults(out.type, each) for each in [*less, replace(out.facts, entity="other")])


def test_the_event_that_tries_a_receiver_keeps_to_its_schema() -> None:
    """It says which subscription it tries."""
    out = published_events.test_of("sub_1", "U-1", "once", AT)

    assert faults(TESTED, out.facts) == []
