"""Everything that always holds, by id: what it says, and how it is looked at."""

from collections.abc import Callable

from msgspec import Struct

from process_apis.verification.evidence import Booked, Kept
from process_apis.verification.looks import course, decisions, effects, money
from process_apis.verification.records import InvariantView, Looked


class Invariant(Struct, frozen=True, kw_only=True):
    """Something that always holds; `systems` says whether it takes what the systems hold.

    `chains` says whether it takes a walk along the chains of the audit.
    """

    id: str
    name: str
    words: str
    look: Callable[[Kept, Booked], Looked]
    systems: bool = False
    chains: bool = False

    @property
    def view(self) -> InvariantView:
        """What is told of it."""
        return InvariantView(self.id, self.name, self.words)


def _one(
    number: int,
    name: str,
    words: str,
    look: Callable[[Kept, Booked], Looked],
    *,
    systems: bool = False,
    chains: bool = False,
) -> Invariant:
    return Invariant(
        id=f"I{number}", name=name, words=words, look=look, systems=systems, chains=chains
    )


INVARIANTS = (
    _one(
        1,
        "no loss",
        "What was posted or opened is in its system, with the number, amount and company we have.",
        effects.nothing_lost,
        systems=True,
    ),
    _one(
        2,
        "no duplicate",
        "Under one business key a system holds one record that stands.",
        effects.nothing_twice,
        systems=True,
    ),
    _one(
        3,
        "no phantom",
        "Every document in the books was ordered here, or somebody is told of it.",
        effects.no_phantoms,
        systems=True,
    ),
    _one(
        4,
        "one of a kind",
        "One project of a deal, one invoice of a billing event, one receipt of a service period,"
        " and revenue that is booked once.",
        course.one_of_a_kind,
        systems=True,
    ),
    _one(
        5,
        "money conserved",
        "Sources make up their lines and are billed or written off once; what is paid, credited"
        " and owed makes up what was posted; no more is earned than the price, none billed beyond"
        " receipts.",
        money.money_is_conserved,
        systems=True,
    ),
    _one(
        6,
        "same answers",
        "Under one key a command has one answer: whole, and as it was given.",
        course.answers_stay,
    ),
    _one(
        7,
        "states go on",
        "No document goes back to an earlier state, no decision follows a decision, and nothing"
        " is posted or written off that was not approved.",
        decisions.states_go_on,
    ),
    _one(
        8,
        "duties apart",
        "Nobody decides what they asked for or gain by, nobody decides twice, and every role that"
        " an amount asks for has decided.",
        decisions.duties_are_apart,
    ),
    _one(
        9,
        "audit complete",
        "The chains of the audit hold, and every effect is on record once.",
        decisions.audit_is_complete,
        chains=True,
    ),
    _one(
        10,
        "authority kept",
        "Who decided held the role, and nothing was done for a request that was refused.",
        decisions.nothing_beyond_authority,
    ),
    _one(
        11,
        "tries bounded",
        "No write was sent more often than patience allows.",
        effects.tries_are_bounded,
    ),
    _one(
        12,
        "work ends",
        "What was accepted ends, or a person is asked about it with a reason.",
        course.work_comes_to_an_end,
    ),
    _one(
        13,
        "numbers whole",
        "The numbers of a company's invoices have no gap and no double; a void one explains a gap.",
        money.numbers_have_no_gaps,
        systems=True,
    ),
    _one(
        14,
        "own writes read",
        "Whatever was written is found by the id that was answered.",
        effects.what_was_written_is_read,
    ),
    _one(
        15,
        "companies apart",
        "No record is on another company's project or in its books, and no answer told of a"
        " company that its caller does not see.",
        course.companies_are_apart,
        systems=True,
    ),
)
