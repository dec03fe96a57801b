"""Merging two clients, and parting them again: one person asks, a steward decides.

A steward who asks needs another one to decide. Nothing moves before that, and what moves is
what the steward was shown.
"""

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta

from msgspec import Struct

from governance.access import Caller
from governance.wrong_field import WrongField
from process_apis.approvals.decisions import Approvals
from process_apis.approvals.requests import (
    Approval,
    ApprovalRequest,
    ApprovalStatus,
    approval_id,
)
from process_apis.client_matching.merges import (
    ClientMerge,
    MergeBook,
    MergeState,
    Said,
    merge_id,
    no_such_merge,
)
from process_apis.client_matching.questions import STEWARD, StewardQuestions
from process_apis.client_matching.register import MatchRegister
from process_apis.client_matching.rules import Verdict
from process_apis.engine import Process, step
from process_apis.errors import Conflict
from process_apis.events.clients import (
    ClientMergeAsked,
    ClientMergeDecided,
    ClientUnmergeAsked,
    ClientUnmergeDecided,
)
from process_apis.events.event import Event
from process_apis.listing import PAGE
from process_apis.tax_ids import is_valid_tax_id
from system_apis.canonical.party import Client
from system_apis.client_merges import GroundMoved
from system_apis.crm.interface import Crm
from system_apis.erp.interface import Erp
from system_apis.errors import NotFound, Refused
from system_apis.systems import Systems

NAME, UNDOING = "client-merge", "client-unmerge"
DECIDE_WITHIN = timedelta(days=2)
End = Callable[[str, Said], Awaitable[ClientMerge]]
_MERGE, _UNMERGE = "merge_clients", "unmerge_clients"


class MergeWish(Struct, frozen=True, kw_only=True):
    """What somebody wants to be one client, and why although the tax ids say otherwise."""

    survivor_id: str
    merged_id: str
    reason: str
    override_reason: str | None = None


class _Ends(Struct, frozen=True):
    """What is written down of a merge after a yes, after a no, and after a yes too late."""

    yes: End
    no: End
    too_late: End


class Merging(Struct, frozen=True):
    """The process with what it needs at hand."""

    systems: Systems
    book: MergeBook
    approvals: Approvals
    questions: StewardQuestions
    matches: MatchRegister
    entities: frozenset[str]
    clock: Callable[[], datetime]

    async def checked(self, wish: MergeWish, by: Caller) -> ClientMergeAsked:
        """Return what asks for a merge, or raise `WrongField`.

        What is asked for already is the same again. A client that is in the ledger of companies
        whose records the caller does not see is none.
        """
        if wish.survivor_id == wish.merged_id:
            raise WrongField("merged_id", "a client is not merged into itself; name another")
        for field in ("survivor_id", "merged_id"):
            if not await self._sees(by, getattr(wish, field)):
                raise _unknown(field, getattr(wish, field))
        earlier = await self.book.of_pair(wish.survivor_id, wish.merged_id)
        ended = {MergeState.REJECTED, MergeState.OVERTAKEN, MergeState.UNMERGED}
        number = sum(each.state in ended for each in earlier) + 1
        if number > len(earlier):
            await self._refuse_what_cannot_be(wish)
        why = [wish.reason, *filter(None, [wish.override_reason])]
        return ClientMergeAsked(
            merge_id=merge_id(wish.survivor_id, wish.merged_id, number),
            survivor_id=wish.survivor_id,
            merged_id=wish.merged_id,
            reason="; ".join(why),
            asked_by=by.subject,
        )

    async def seen(self, merge_id: str, by: Caller) -> ClientMerge:
        """Return a merge, or raise `NoSuchRecord`, also when it is in ledgers of others."""
        known = await self.book.merge(merge_id)
        if not await self._sees(by, known.survivor_id, known.merged_id):
            raise no_such_merge(merge_id)
        return known

    async def page(
        self, cursor: str | None, by: Caller, *, most: int = PAGE
    ) -> tuple[list[ClientMerge], str | None]:
        """Return a page of the merges that the caller may see, the first one first."""
        return await self.book.page(lambda kept: self._sees_of(by, kept), cursor, most=most)

    async def to_undo(self, merge_id: str, reason: str, by: Caller) -> ClientUnmergeAsked:
        """Return what asks for a merge to be undone; raises `Conflict` when it does not hold."""
        known = await self.seen(merge_id, by)
        if known.state not in {MergeState.MERGED, MergeState.UNMERGE_ASKED}:
            raise Conflict(f"{merge_id} is {known.state}: only a merge that holds is undone")
        asked = known.round + 1 if known.state is MergeState.MERGED else known.round
        return ClientUnmergeAsked(
            merge_id=merge_id, round=asked, reason=reason, asked_by=by.subject
        )

    async def ask(self, event: ClientMergeAsked) -> None:
        """Write a merge down, and ask a steward."""
        merge = await step(self.write, event)
        await step(self.ask_steward, merge)

    async def decide(self, event: ClientMergeDecided) -> None:
        """Do as the steward said about a merge."""
        await step(self.apply, event.merge_id)
        await step(self.follow, event.merge_id)

    async def ask_back(self, event: ClientUnmergeAsked) -> None:
        """Write down that a merge is to be undone, and ask a steward."""
        merge = await step(self.write_undoing, event)
        await step(self.ask_steward_back, merge)

    async def decide_back(self, event: ClientUnmergeDecided) -> None:
        """Do as the steward said about the undoing of a merge."""
        await step(self.undo, event.merge_id, event.round)
        await step(self.follow, event.merge_id)

    async def write(self, event: ClientMergeAsked) -> ClientMerge:
        """Write down what is asked for, with what it would move."""
        survivor = await self._client("survivor_id", event.survivor_id)
        merged = await self._client("merged_id", event.merged_id)
        return await self.book.ask(
            ClientMerge(
                id=event.merge_id,
                survivor_id=event.survivor_id,
                survivor_name=survivor.legal_name,
                merged_id=event.merged_id,
                merged_name=merged.legal_name,
                legal_entity=self._entity_of(survivor, merged),
                state=MergeState.ASKED,
                asked=Said(by=event.asked_by, at=self.clock(), reason=event.reason),
                moved=await self.book.plan(event.survivor_id, event.merged_id),
            )
        )

    async def ask_steward(self, merge: ClientMerge) -> str:
        """Ask whether two clients are to be one."""
        records = ", ".join(sorted({f"{each.instance} {each.record_id}" for each in merge.moved}))
        title = f"merge {merge.merged_name} ({records}) into {merge.survivor_name}"
        decided = ClientMergeDecided(merge_id=merge.id, legal_entity=merge.legal_entity)
        return await self._ask(_MERGE, merge, merge.asked, title, decided)

    async def apply(self, merge_id: str) -> MergeState:
        """Merge two clients, or write down that they stay two."""
        book = self.book
        said = await self._decision(_MERGE, merge_id, 0)
        return await self._settle(merge_id, said, _Ends(book.approve, book.reject, book.overtake))

    async def write_undoing(self, event: ClientUnmergeAsked) -> ClientMerge:
        """Write down that a merge is to be undone."""
        asked = Said(by=event.asked_by, at=self.clock(), reason=event.reason)
        return await self.book.ask_back(event.merge_id, asked, event.round)

    async def ask_steward_back(self, merge: ClientMerge) -> str:
        """Ask whether two clients are to be parted again."""
        asked = merge.unmerge_asked or merge.asked
        title = f"part {merge.merged_name} from {merge.survivor_name} again"
        decided = ClientUnmergeDecided(
            merge_id=merge.id, round=merge.round, legal_entity=merge.legal_entity
        )
        return await self._ask(_UNMERGE, merge, asked, title, decided)

    async def undo(self, merge_id: str, round_: int) -> MergeState:
        """Part two clients, or write down that they stay one."""
        book = self.book
        said = await self._decision(_UNMERGE, merge_id, round_)
        return await self._settle(merge_id, said, _Ends(book.part, book.keep, book.keep))

    async def follow(self, merge_id: str) -> None:
        """Have the questions and matches of two clients agree with what stewards said of them."""
        merge = await self.book.merge(merge_id)
        if merge.holds:
            await self.questions.withdraw(merge.survivor_id)
        said = merge.decided if merge.holds else merge.unmerge_decided
        if said is not None:
            verdict = Verdict.LINK if merge.holds else Verdict.DIFFERENT
            await self.matches.decided(
                merge.survivor_id, merge.merged_id, verdict, by=said.by, at=said.at
            )

    async def _settle(self, merge_id: str, decision: Approval | None, ends: _Ends) -> MergeState:
        """Do as was decided; what comes too late is written down, and stops at a steward."""
        said = _said(decision)
        if decision is None or said is None:
            return (await self.book.merge(merge_id)).state
        if decision.status is not ApprovalStatus.APPROVED:
            return (await ends.no(merge_id, said)).state
        try:
            merge = await ends.yes(merge_id, said)
        except GroundMoved as moved:
            await ends.too_late(merge_id, said)
            reason = f"{moved}; ask again on what is there now"
            raise Refused("records", reason, code="GROUND_MOVED") from moved
        self.systems.forget_clients(merge.moved)
        return merge.state

    async def _ask(
        self, question: str, merge: ClientMerge, asked: Said, title: str, decided: Event
    ) -> str:
        return await self.approvals.ask(
            ApprovalRequest(
                question=question,
                subject_type="client_merge",
                subject_id=merge.id,
                subject_version=merge.round + 1,
                process=NAME,
                legal_entity=merge.legal_entity,
                title=f"{title}: {asked.reason}",
                role=STEWARD,
                requested_by=asked.by,
                requested_at=asked.at,
                due_at=asked.at + DECIDE_WITHIN,
                if_approved=decided,
                if_rejected=decided,
            )
        )

    async def _decision(self, question: str, merge_id: str, round_: int) -> Approval | None:
        return await self.approvals.find(approval_id(question, merge_id, round_ + 1))

    async def _refuse_what_cannot_be(self, wish: MergeWish) -> None:
        survivor = await self._client("survivor_id", wish.survivor_id)
        merged = await self._client("merged_id", wish.merged_id)
        for field, asked, found in (
            ("survivor_id", wish.survivor_id, survivor),
            ("merged_id", wish.merged_id, merged),
        ):
            if found.id != asked:
                raise WrongField(field, f"{asked} goes by {found.id} since it was merged or linked")
        differ = _tax_ids_differ(survivor, merged)
        if differ and not wish.override_reason:
            raise WrongField(
                "override_reason",
                "two valid tax ids that differ are two firms;"
                " say why these are one, or leave them two",
            )

    async def _client(self, field: str, client_id: str) -> Client:
        """Return a client as a system has it that knows it."""
        systems: list[Crm | Erp] = [self.systems.crm, *self.systems.erps.values()]
        for system in systems:
            try:
                return await system.client(client_id)
            except NotFound:
                continue
        raise _unknown(field, client_id)

    async def _sees(self, caller: Caller, *client_ids: str) -> bool:
        """Whether the caller sees a company of every ledger that has the clients."""
        return self._sees_of(caller, await self.book.kept_in(*client_ids))

    def _sees_of(self, caller: Caller, instances: frozenset[str]) -> bool:
        served = (self.systems.entities_of(each) for each in instances)
        return all(each & caller.entities for each in served if each)

    def _entity_of(self, *clients: Client) -> str:
        """Return a company whose books hold one of the records; any when the CRM holds both."""
        for client in clients:
            if served := self.systems.entities_of(client.source.instance):
                return min(served)
        return min(self.entities)


def processes(merging: Merging) -> list[Process]:
    """Return what of merging happens on which event."""
    reading = frozenset({"system:crm:read", "system:erp:read"})
    nothing = frozenset[str]()
    return [
        Process(name=NAME, on=ClientMergeAsked, run=merging.ask, scopes=reading),
        Process(name=f"{NAME}-decided", on=ClientMergeDecided, run=merging.decide, scopes=nothing),
        Process(name=UNDOING, on=ClientUnmergeAsked, run=merging.ask_back, scopes=nothing),
        Process(
            name=f"{UNDOING}-decided",
            on=ClientUnmergeDecided,
            run=merging.decide_back,
            scopes=nothing,
        ),
    ]


def _said(decision: Approval | None) -> Said | None:
    """Return who decided, when and with which words, once somebody has."""
    if decision is None or decision.decided_by is None or decision.decided_at is None:
        return None
    reason = decision.comment or decision.title
    return Said(by=decision.decided_by, at=decision.decided_at, reason=reason)


def _unknown(field: str, client_id: str) -> WrongField:
    return WrongField(field, f"no system has the client {client_id}")


def _tax_ids_differ(one: Client, other: Client) -> bool:
    """Whether both have a tax id that passes its check, and not the same."""
    ids = [
        each.tax_id
        for each in (one, other)
        if each.tax_id and is_valid_tax_id(each.tax_id, each.country)
    ]
    return len(ids) > 1 and ids[0] != ids[1]
