"""How records may move from state to state; what is not listed is not allowed.

The moves are those of the domain handbook, 1.6. Where it names a state in a list (1.2 to
1.5) and no way to it, the way is a default of ours, marked [P] in its note.
"""

from itertools import pairwise

from msgspec import Struct


class Move(Struct, frozen=True):
    """One allowed move, with what must be said of it."""

    before: str
    after: str
    note: str = ""


class Machine(Struct, frozen=True):
    """The states of one kind of record: where it begins, and every move that there is."""

    name: str
    begins: str
    moves: tuple[Move, ...]

    @property
    def states(self) -> tuple[str, ...]:
        """Every state, in the order in which the moves tell of them."""
        told = (state for move in self.moves for state in (move.before, move.after))
        return tuple(dict.fromkeys((self.begins, *told)))

    def after(self, state: str) -> tuple[str, ...]:
        """Return the states that may follow, none after the last; `ValueError` for no state."""
        if state not in self.states:
            raise ValueError(f"{state} is no state of {self.name}: {', '.join(self.states)}")
        return tuple(move.after for move in self.moves if move.before == state)


def advance(machine: Machine, before: str, after: str) -> str:
    """Return the state that follows, or raise `ValueError` naming what may follow instead."""
    allowed = machine.after(before)
    if after not in allowed:
        said = f"only to {' or '.join(allowed)}" if allowed else "nowhere, for it has ended"
        raise ValueError(f"{machine.name} does not go from {before} to {after}, {said}")
    return after


def _moves(*chains: str, note: str = "") -> tuple[Move, ...]:
    """Spell out chains such as `draft > submitted > approved`."""
    found = []
    for chain in chains:
        states = [each.strip() for each in chain.split(">")]
        found += [Move(one, following, note) for one, following in pairwise(states)]
    return tuple(found)


_OURS = "[P]"
TIME_ENTRY = Machine(
    "time_entry",
    "draft",
    _moves("draft > submitted > approved", "submitted > held > submitted", "held > rejected")
    + _moves("approved > locked", note="when it is allocated, or its period closed")
    + _moves(
        "approved > submitted", note="reopened by project management or finance, before allocation"
    ),
)
BILLING_EVENT = Machine(
    "billing_event",
    "planned",
    _moves("planned > due > blocked > ready > approved > invoiced", "due > ready > blocked")
    + _moves("invoiced > credited", note="what was released is planned as a new event")
    + _moves("due > written_off", note="by finance, with a reason")
    + _moves("blocked > written_off", note=f"{_OURS} by finance, with a reason")
    + _moves("written_off > due", note=f"{_OURS} put back while the books of its day are open")
    + _moves("planned > cancelled", "due > cancelled", "blocked > cancelled", note=_OURS),
)
INVOICE = Machine(
    "invoice",
    "draft",
    _moves("draft > pending_approval > approved > posting")
    + _moves("posting > posted", "posting > approved", note="by the reconciler alone")
    + _moves("posted > sent > paid")
    + _moves("pending_approval > void", "approved > void", "draft > void", note=_OURS)
    + _moves("sent > delivered > paid", "posted > disputed", note=_OURS)
    + _moves("posted > partially_paid > paid", note=f"{_OURS} money may come before a receipt")
    + _moves("posted > paid", note=f"{_OURS} money may come before a receipt")
    + _moves("sent > partially_paid", "delivered > partially_paid", note=_OURS)
    + _moves("sent > disputed", "delivered > disputed", "partially_paid > disputed", note=_OURS)
    + _moves("disputed > partially_paid", "disputed > paid", note=_OURS)
    + _moves("posted > credited", "sent > credited", "delivered > credited", note=_OURS)
    + _moves("disputed > credited", "partially_paid > credited", "paid > credited", note=_OURS),
)
PROJECT = Machine(
    "project",
    "pending_approval",
    _moves("pending_approval > provisioning > active")
    + _moves("provisioning > pending_approval", note="when provisioning fails")
    + _moves("active > on_hold > active", "active > delivery_complete", note=_OURS)
    + _moves("delivery_complete > financially_closed", note=_OURS)
    + _moves("pending_approval > cancelled", "active > cancelled", note=_OURS)
    + _moves("on_hold > cancelled", note=_OURS),
)
CONTRACT = Machine(
    "contract",
    "draft",
    _moves("draft > in_signature > signed > active", "in_signature > draft", note=_OURS)
    + _moves("active > suspended > active", "suspended > terminated", note=_OURS)
    + _moves("active > expired > closed", "active > terminated > closed", note=_OURS),
)
MILESTONE = Machine(
    "milestone",
    "planned",
    _moves("planned > in_progress > delivered > submitted > accepted", note=_OURS)
    + _moves("accepted > billed", note="with evidence and the actual date")
    + _moves("submitted > rejected > in_progress", note=_OURS)
    + _moves("planned > cancelled", "in_progress > cancelled", note=_OURS),
)
CHANGE_REQUEST = Machine(
    "change_request",
    "draft",
    _moves("draft > impact_assessed > internal_approved > client_sent > client_approved")
    + _moves("client_approved > applied", note="once")
    + _moves("internal_approved > applied", note="once, by a role that waives the client's word")
    + _moves("impact_assessed > rejected", "client_sent > rejected", note=_OURS)
    + _moves("draft > withdrawn", "impact_assessed > withdrawn", note=_OURS)
    + _moves("internal_approved > withdrawn", "client_sent > withdrawn", note=_OURS),
)
PURCHASE_ORDER = Machine(
    "purchase_order",
    "draft",
    _moves("draft > pending_approval > approved > sent > partially_received", note=_OURS)
    + _moves("partially_received > received > closed", "sent > received", note=_OURS)
    + _moves("pending_approval > draft", "partially_received > closed", note=_OURS)
    + _moves(
        *("approved > pending_approval", "sent > pending_approval"),
        "partially_received > pending_approval",
        note="a new revision above the tolerance, or of a higher tier",
    )
    + _moves("draft > cancelled", "pending_approval > cancelled", note=_OURS)
    + _moves("approved > cancelled", "sent > cancelled", note=_OURS),
)
VENDOR_BILL = Machine(
    "vendor_bill",
    "received",
    _moves("received > matched > approved > posted > paid", note=_OURS)
    + _moves("received > exception > matched", "matched > exception", note=_OURS)
    + _moves("received > duplicate", "exception > duplicate", note=_OURS)
    + _moves("exception > disputed > matched", "posted > disputed", note=_OURS)
    + _moves("received > void", note="of which the system took a part only"),
)
STAFFING_REQUEST = Machine(
    "staffing_request",
    "open",
    _moves("open > proposed > soft_booked > confirmed > filled", note=_OURS)
    + _moves("proposed > open", "soft_booked > open", note="nobody is free after all")
    + _moves("open > cancelled", "proposed > cancelled", "soft_booked > cancelled", note=_OURS)
    + _moves("confirmed > cancelled", "open > expired", "proposed > expired", note=_OURS)
    + _moves("soft_booked > expired", note=_OURS),
)
APPROVAL = Machine(
    "approval",
    "pending",
    _moves("pending > approved", "pending > rejected", "pending > returned", note=_OURS)
    + _moves("pending > escalated > approved", "escalated > rejected", note=_OURS)
    + _moves("escalated > returned", "pending > expired", "escalated > expired", note=_OURS)
    + _moves(
        "pending > cancelled",
        "escalated > cancelled",
        note="another version of the subject voids what is pending",
    ),
)
MACHINES: tuple[Machine, ...] = (
    TIME_ENTRY,
    BILLING_EVENT,
    INVOICE,
    PROJECT,
    CONTRACT,
    MILESTONE,
    CHANGE_REQUEST,
    PURCHASE_ORDER,
    VENDOR_BILL,
    STAFFING_REQUEST,
    APPROVAL,
)
