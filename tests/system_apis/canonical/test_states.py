"""A record moves as the handbook says, and in no other way."""

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from system_apis.canonical import changes, plans, team
from system_apis.canonical.billing import InvoiceStatus
from system_apis.canonical.delivery import ProjectStatus
from system_apis.canonical.states import (
    APPROVAL,
    BILLING_EVENT,
    CHANGE_REQUEST,
    CONTRACT,
    INVOICE,
    MACHINES,
    MILESTONE,
    PROJECT,
    PURCHASE_ORDER,
    STAFFING_REQUEST,
    TIME_ENTRY,
    VENDOR_BILL,
    Machine,
    advance,
)
from system_apis.canonical.time import EntryStatus

# The moves as the handbook prints them in 1.6.
WRITTEN = {
    "time_entry": "draft>submitted submitted>held submitted>approved held>submitted held>rejected"
    " approved>locked approved>submitted",
    "billing_event": "planned>due due>blocked due>ready blocked>ready ready>blocked ready>approved"
    " approved>invoiced invoiced>credited due>written_off",
    "invoice": "draft>pending_approval pending_approval>approved approved>posting posting>posted"
    " posting>approved posted>sent sent>paid",
    "project": "pending_approval>provisioning provisioning>active provisioning>pending_approval",
}
machines = st.sampled_from(MACHINES)
words = st.text(max_size=20)


def moves(machine: Machine) -> set[str]:
    """Return a machine's moves as text."""
    return {f"{move.before}>{move.after}" for move in machine.moves}


@pytest.mark.parametrize("machine", MACHINES, ids=lambda machine: machine.name)
def test_what_the_handbook_writes_is_allowed_and_the_rest_is_marked_ours(machine: Machine) -> None:
    """Every move of 1.6 is there; another one bears the mark of a default or a reason."""
    written = set(WRITTEN.get(machine.name, "").split())
    noted = {f"{move.before}>{move.after}" for move in machine.moves if move.note}

    assert written <= moves(machine)
    if written:
        assert moves(machine) - written <= noted


@pytest.mark.parametrize("machine", MACHINES, ids=lambda machine: machine.name)
def test_nothing_else_is_allowed(machine: Machine) -> None:
    """Of all pairs of states only those that are listed are moves."""
    allowed = set()
    for before, after in product(machine.states, repeat=2):
        try:
            assert advance(machine, before, after) == after
        except ValueError:
            continue
        allowed.add(f"{before}>{after}")

    assert allowed == moves(machine)
    assert len(moves(machine)) == len(machine.moves)


@pytest.mark.parametrize("machine", MACHINES, ids=lambda machine: machine.name)
def test_every_state_can_be_reached(machine: Machine) -> None:
    """No state stands where nobody can come to."""
    reached, ahead = {machine.begins}, [machine.begins]
    while ahead:
        fresh = set(machine.after(ahead.pop())) - reached
        reached |= fresh
        ahead += fresh

    assert reached == set(machine.states)


@given(machines, words, words)
def test_a_word_that_is_no_state_goes_nowhere(machine: Machine, before: str, after: str) -> None:
    """Neither from nor to a state that there is not."""
    if before not in machine.states:
        with pytest.raises(ValueError, match="is no state of"):
            advance(machine, before, after)
    if after not in machine.states:
        with pytest.raises(ValueError, match="does not go"):
            advance(machine, machine.begins, after)


@given(machines, st.data())
def test_any_walk_stays_within_the_machine(machine: Machine, data: st.DataObject) -> None:
    """However one goes on by what is allowed, one is in a state that is known."""
    state = machine.begins
    for _ in range(12):
        following = machine.after(state)
        if not following:
            break
        state = advance(machine, state, data.draw(st.sampled_from(following)))

    assert state in machine.states


@pytest.mark.parametrize("machine", MACHINES, ids=lambda machine: machine.name)
def test_a_refusal_names_what_is_allowed(machine: Machine) -> None:
    """Whoever is refused learns how to go on, or that it is over."""
    for state in machine.states:
        with pytest.raises(ValueError, match=f"does not go from {state}") as told:
            advance(machine, state, "elsewhere")
        allowed = machine.after(state)

        assert all(each in str(told.value) for each in allowed)
        assert ("it has ended" in str(told.value)) is not bool(allowed)


@pytest.mark.parametrize(
    ("machine", "statuses"),
    [
        (TIME_ENTRY, EntryStatus),
        (PROJECT, ProjectStatus),
        (MILESTONE, plans.MilestoneStatus),
        (CHANGE_REQUEST, changes.ChangeStatus),
        (STAFFING_REQUEST, team.StaffingStatus),
    ],
)
def test_a_machines_states_are_the_records_statuses(
    machine: Machine, statuses: type[EntryStatus]
) -> None:
    """What a record can say of itself is what it can move to."""
    assert set(machine.states) == {str(each) for each in statuses}


def test_an_invoice_in_the_ledger_is_in_a_state_that_is_known() -> None:
    """The ERP's own words are a part of ours."""
    assert {str(each) for each in InvoiceStatus} <= set(INVOICE.states)


@pytest.mark.parametrize(
    ("machine", "ends"),
    [
        (TIME_ENTRY, {"rejected", "locked"}),
        (BILLING_EVENT, {"credited", "cancelled"}),
        (INVOICE, {"credited", "void"}),
        (PROJECT, {"financially_closed", "cancelled"}),
        (CONTRACT, {"closed"}),
        (MILESTONE, {"billed", "cancelled"}),
        (CHANGE_REQUEST, {"applied", "rejected", "withdrawn"}),
        (PURCHASE_ORDER, {"closed", "cancelled"}),
        (VENDOR_BILL, {"duplicate", "paid", "void"}),
        (STAFFING_REQUEST, {"filled", "cancelled", "expired"}),
        (APPROVAL, {"approved", "rejected", "returned", "expired", "cancelled"}),
    ],
)
def test_a_record_ends_where_it_should(machine: Machine, ends: set[str]) -> None:
    """The states that nothing follows."""
    assert {state for state in machine.states if not machine.after(state)} == ends
