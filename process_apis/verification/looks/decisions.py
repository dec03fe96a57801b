"""Who decided what: in the order of its states, by somebody else than who gains, who may."""

from collections import defaultdict
from collections.abc import Iterable, Iterator

from process_apis.approvals.requests import ApprovalStatus
from process_apis.project_to_cash import rules
from process_apis.project_to_cash.ledger.allocations import DONE
from process_apis.project_to_cash.write_offs.asking import QUESTION
from process_apis.verification.evidence import Asked, Booked, Kept, Noted
from process_apis.verification.looks.telling import looked
from process_apis.verification.records import Break, Looked
from system_apis.effect_ledger import EffectState

_POSTED = ("posted", "disputed", "partially_paid", "paid")
_RANK = {"drafted": 0, "approved": 1, "posting": 2, **dict.fromkeys(_POSTED, 3), "rejected": 4}
_REFUSED = {"401", "403", "404"}
_GIVEN = {"approval.approved", "approval.rejected", "approval.consented"}
_FINAL = {"approval.approved", "approval.rejected", "approval.cancelled"}


def states_go_on(kept: Kept, _: Booked) -> Looked:
    """Look whether documents and approvals went through their states in order."""
    told: dict[str, list[Noted]] = defaultdict(list)
    for each in kept.audit:
        told[each.subject].append(each)
    breaks = [
        *_documents_back(told),
        *_decided_twice(told),
        *_posted_unapproved(kept),
        *_given_up_unapproved(kept),
    ]
    return looked(breaks, audited_records=told, approvals=kept.approvals)


def _documents_back(told: dict[str, list[Noted]]) -> Iterator[Break]:
    for subject, entries in told.items():
        reached = -1
        for each in entries:
            what, _, state = each.action.partition(".")
            rank = _RANK.get(state) if what in {"invoice", "credit_note"} else None
            if rank is None:
                continue
            if rank < reached or (rank == reached and rank in {0, 4}):
                yield _course(subject, f"became {state} after a later state", each)
            reached = max(reached, rank)


def _decided_twice(told: dict[str, list[Noted]]) -> Iterator[Break]:
    for subject, entries in told.items():
        final = False
        for each in entries:
            if final and each.action in _GIVEN:
                yield _course(subject, f"{each.action} came after its decision", each)
            final = final or each.action in _FINAL


def _course(subject: str, reason: str, entry: Noted) -> Break:
    return Break(
        subject=subject,
        reason=reason,
        look_at=f"/governance/v1/audit?subject={subject}",
        legal_entity=entry.legal_entity,
    )


def _posted_unapproved(kept: Kept) -> Iterator[Break]:
    """Yield each posted document that nobody approved, or that somebody rejected."""
    about: dict[tuple[str, int], list[ApprovalStatus]] = defaultdict(list)
    for each in kept.approvals:
        asked = each.approval
        about[asked.subject_id, asked.subject_version].append(asked.status)
    adopted = {each.id for each in kept.invoices if each.adopted}
    for document in kept.documents:
        if document.stage not in DONE or document.id in adopted:
            continue
        answers = about[document.id, document.version]
        if ApprovalStatus.APPROVED not in answers or ApprovalStatus.REJECTED in answers:
            yield Break(
                subject=document.number or document.id,
                reason="it is posted, and its version was not approved by all who were asked",
                look_at=f"strata why invoice {document.number}; /process/approvals/v1",
                legal_entity=document.draft.legal_entity,
                amount=document.posted,
            )


def _given_up_unapproved(kept: Kept) -> Iterator[Break]:
    """Yield each write-off that stands, and that not all who were asked agreed to."""
    agreed: dict[str, set[str]] = defaultdict(set)
    for each in kept.approvals:
        asked = each.approval
        if asked.question == QUESTION and asked.status is ApprovalStatus.APPROVED:
            agreed[asked.subject_id] |= set(asked.roles)
    for off in kept.write_offs:
        missing = sorted(set(off.approvers) - agreed[off.id])
        if off.stands and missing:
            yield Break(
                subject=off.id,
                reason=f"it is written off without {', '.join(missing)}"
                f" (terms version {off.terms_version})",
                look_at=f"/governance/v1/audit?subject={off.id}",
                legal_entity=off.draft.legal_entity,
                amount=off.draft.gross,
            )


def duties_are_apart(kept: Kept, _: Booked) -> Looked:
    """Look whether anybody decided for themselves, twice, or without those who had to."""
    decided = [
        each
        for each in kept.approvals
        if each.approval.status is ApprovalStatus.APPROVED
        and kept.span.has(each.approval.requested_at)
    ]
    breaks = [*_own(decided), *_same_person(decided), *_missing(kept, decided)]
    return looked(breaks, approvals=decided)


def _own(decided: Iterable[Asked]) -> Iterator[Break]:
    for each in decided:
        asked = each.approval
        people = {one.person for one in asked.consents} | {asked.decided_by}
        if people & {asked.requested_by, each.beneficiary}:
            yield _duty(each, "was decided by who asked for it, or who gains by it")
        roles = {one.role for one in asked.consents}
        if missing := sorted(set(asked.roles) - roles):
            yield _duty(each, f"was approved without {', '.join(missing)}")


def _same_person(decided: Iterable[Asked]) -> Iterator[Break]:
    given: dict[tuple[str, int], set[str]] = defaultdict(set)
    for each in decided:
        subject = (each.approval.subject_id, each.approval.subject_version)
        people = {one.person for one in each.approval.consents}
        if people & given[subject]:
            yield _duty(each, "is the second approval by the same person")
        given[subject] |= people


def _missing(kept: Kept, decided: Iterable[Asked]) -> Iterator[Break]:
    """Yield each posted invoice without a role that its amount asks for."""
    roles: dict[tuple[str, int], set[str]] = defaultdict(set)
    for each in decided:
        asked = each.approval
        roles[asked.subject_id, asked.subject_version] |= set(asked.roles)
    for invoice in kept.invoices:
        given = roles.get((invoice.id, invoice.version))
        if given is None or invoice.stage not in DONE:
            continue
        wanted = set(rules.approvers(invoice.draft.gross, kept.policy)) - given
        if wanted and invoice.draft.gross.value:
            yield Break(
                subject=invoice.number or invoice.id,
                reason=f"its amount asks for {', '.join(sorted(wanted))} as well"
                f" (policy version {kept.policy.version})",
                look_at=f"strata why invoice {invoice.number}",
                legal_entity=invoice.draft.legal_entity,
                amount=invoice.draft.gross,
            )


def _duty(each: Asked, reason: str) -> Break:
    asked = each.approval
    return Break(
        subject=asked.id,
        reason=f"{asked.question} about {asked.subject_id} {reason}",
        look_at=f"/governance/v1/audit?subject={asked.id}",
        legal_entity=asked.legal_entity,
        amount=asked.amount,
    )


def nothing_beyond_authority(kept: Kept, _: Booked) -> Looked:
    """Look for decisions without the role, and for anything done under a refused request."""
    consents = [
        (each.approval, given)
        for each in kept.approvals
        if kept.span.has(each.approval.requested_at)
        for given in each.approval.consents
    ]
    known = {person for person, _, _ in kept.directory.holders}
    breaks = [
        Break(
            subject=asked.id,
            reason=f"{given.person} decided as {given.role} of {asked.legal_entity},"
            " which the firm's directory does not know",
            look_at=f"/governance/v1/audit?subject={asked.id}",
            legal_entity=asked.legal_entity,
            amount=asked.amount,
        )
        for asked, given in consents
        if given.person in known
        and not kept.directory.holds(given.person, given.role, asked.legal_entity)
    ]
    refused = [each for each in kept.audit if _is_refused(each)]
    return looked(
        [*breaks, *_done_refused(kept, refused)], decisions=consents, refused_requests=refused
    )


def _is_refused(entry: Noted) -> bool:
    return entry.action.startswith("/") and entry.reason in _REFUSED and bool(entry.trace_id)


def _done_refused(kept: Kept, refused: Iterable[Noted]) -> Iterator[Break]:
    """Yield what was written in the trace of a request that was refused, and of no other."""
    traces = {each.trace_id for each in refused}
    allowed = {
        each.trace_id
        for each in kept.audit
        if each.action.startswith("/") and each.reason not in _REFUSED
    }
    for each in kept.audit:
        written = not each.action.startswith("/") and each.stream != "sensitive_reads"
        if written and each.trace_id in traces - allowed:
            yield Break(
                subject=each.subject,
                reason=f"{each.action} was done in a request that was refused",
                look_at=f"/governance/v1/audit?subject={each.subject}",
                legal_entity=each.legal_entity,
            )


def audit_is_complete(kept: Kept, _: Booked) -> Looked:
    """Look whether the chains hold, and every effect and document is on record once."""
    by_key: dict[tuple[str, str | None], int] = defaultdict(int)
    for each in kept.audit:
        by_key[each.action, each.reason] += 1
        by_key[each.action, f"found {each.subject}"] += each.reason == _FOUND
    verdict = kept.audit_verdict
    breaks = [
        Break(
            subject=f"entry {fault.sequence or fault.entry or ''} of {fault.stream or 'the audit'}",
            reason=fault.reason,
            look_at="strata audit verify",
        )
        for fault in (verdict.faults if verdict else ())
    ]
    done = [each for each in kept.effects if each.state is EffectState.DONE]
    alike: dict[tuple[str, str], int] = defaultdict(int)
    for effect in done:
        alike[effect.action, effect.key] += 1
    for effect in done:
        entries = by_key[effect.action, effect.key]
        entries += by_key[effect.action, f"found {effect.record_id or effect.key}"]
        if entries != alike[effect.action, effect.key] and kept.span.has(effect.updated_at):
            breaks.append(
                Break(
                    subject=effect.record_id or effect.key,
                    reason=f"{effect.action} of {effect.key} has {entries} audit entries",
                    look_at=f"/governance/v1/audit?subject={effect.record_id or effect.key}",
                )
            )
    return looked(breaks, audit_entries=kept.audit, effects=done)


_FOUND = "found before it was written"
