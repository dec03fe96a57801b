"""The firm's people at their worklists: everybody agrees to what waits for them.

Only a steward may say no: two records that merely look alike are not one client.
"""

import re
from collections.abc import Sequence

from experience_apis.worklist.items import Item
from experience_apis.worklist.v1 import Worklist
from gateway.demo.stillness import Stillness
from gateway.demo.visitor import Tell, Unexpected, Visitor
from gateway.firm import Firm
from process_apis.approvals.requests import Approval
from process_apis.client_matching.questions import STEWARD

RECORDS = re.compile(r"\(\S+ (\S+)\)")


class Deciders:
    """Has people decide, tells it, and knows whether nothing more will come."""

    def __init__(
        self,
        visitor: Visitor,
        firm: Firm,
        records: Sequence[frozenset[str]],
        stillness: Stillness,
        tell: Tell,
    ) -> None:
        self._visitor, self._firm, self._tell = visitor, firm, tell
        self._records, self.stillness = records, stillness
        self.touches = 0
        # What is named here waits: who is asked has not made up their mind.
        self.undecided: set[str] = set()

    async def decide_all(self) -> None:
        """Let everybody approve what waits for them now.

        A process ends at every question to a person, so that nobody looks while none does.
        """
        if not await self.stillness.look() and not self.stillness.is_quiet:
            return
        for person in self._firm.people:
            worklist = await self._visitor.get(person.id, "/experience/worklist/v1/", Worklist)
            for item in worklist.items:
                if item.kind == "approval" and _named(item) not in self.undecided:
                    await self._decide(person.id, item)
                    self.touches += 1
                    self.stillness.wake()

    async def reject(self, reference: str, reason_code: str) -> bool:
        """Let whoever is asked about something say no to it, and say whether anybody was asked."""
        for person in self._firm.people:
            worklist = await self._visitor.get(person.id, "/experience/worklist/v1/", Worklist)
            for item in worklist.items:
                if item.kind == "approval" and _named(item) == reference:
                    told = {"decision": "reject", "version": item.version, "comment": "not agreed"}
                    told["reason_code"] = reason_code
                    try:
                        await self._visitor.send(person.id, "POST", item.act_at, told, Approval)
                    except Unexpected:
                        return False  # nobody answered for so long that another is asked now
                    self._tell(f"  {person.name} ({item.role}) rejects: {item.title}")
                    self.touches += 1
                    return True
        return False

    async def _decide(self, who: str, item: Item) -> None:
        agreed = item.role != STEWARD or self._is_one_client(item.title)
        decision = "approve" if agreed else "reject"
        await self._visitor.send(
            who,
            "POST",
            item.act_at,
            {"decision": decision, "version": item.version, "comment": "as agreed"},
            Approval,
        )
        person = self._firm.person(who)
        self._tell(f"  {person.name if person else who} ({item.role}) {decision}s: {item.title}")

    def _is_one_client(self, question: str) -> bool:
        """Whether the records that a question names are those of one client of the firm."""
        named = set(RECORDS.findall(question))
        return any(named <= theirs for theirs in self._records)


def _named(item: Item) -> str:
    """Return the number of the row that an item asks about, behind whose work it is."""
    return item.title.partition(": ")[2].partition(",")[0]
