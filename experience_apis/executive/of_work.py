"""The figures about the firm's own work: how fast people answer, and how fast projects open."""

from datetime import UTC, datetime, time

from experience_apis.executive.figures import latency
from experience_apis.executive.figures import set_up as opening
from experience_apis.executive.figures.latency import Answer, ApprovalLatency
from experience_apis.executive.figures.set_up import OpenedProject, SetUp, WaitingProject
from experience_apis.executive.page import records
from experience_apis.executive.sources import Asked, Sources, Told
from experience_apis.executive.terms import KeyFigureTerms
from process_apis.approvals.answered import Answered
from process_apis.opportunity_to_project.set_up_time import set_up_time
from system_apis.canonical.past_approvals import PastApproval

OURS = "strata"
WITHOUT_KIND = "approval"


async def approval_latency(
    sources: Sources, asked: Asked, terms: KeyFigureTerms
) -> Told[ApprovalLatency]:
    """Return how fast people answer, here and in the systems that tell of it.

    What a system says of no company is of the whole firm: who sees but a part is not told.
    """
    window, scope = asked.window, asked.scope
    first = datetime.combine(window.start, time(), UTC)
    ours = await sources.approval_times.requested(scope.entities, first, window.as_of)
    theirs = await sources.readings.past_approvals(window)
    answers = [
        *(_ours(each) for each in ours if scope.has(each.legal_entity, each.project_number)),
        *(_told(each, by) for by, each in theirs if scope.has_past(each.legal_entity)),
    ]
    return Told(
        latency.approval_latency(answers, window.as_of, terms.approval_hours),
        (
            records("approval", (each.id for each in answers if each.source == OURS)),
            records("past_approval", (each.id for each in answers if each.source != OURS)),
        ),
    )


async def project_setup(sources: Sources, asked: Asked) -> Told[SetUp]:
    """Return how fast projects open; adopted ones ran before, and cancelled ones never opened."""
    window = asked.window
    carried = [
        each
        for each in asked.engagements
        if each.is_carried
        and not each.is_adopted
        and each.agreed_at <= window.as_of
        and asked.scope.has(each.legal_entity, each.project_number)
    ]
    opened = []
    for each in carried:
        active = each.activated_at
        if active is not None and window.start <= active.date() and active <= window.as_of:
            told = await sources.set_up_waits.of(each)
            opened.append(
                OpenedProject(
                    project_number=each.project_number,
                    time=set_up_time(each.agreed_at, active, told.waits),
                )
            )
    waiting = [
        WaitingProject(project_number=each.project_number, agreed_at=each.agreed_at)
        for each in carried
        if each.activated_at is None or each.activated_at > window.as_of
    ]
    numbers = [
        *(each.project_number for each in opened),
        *(each.project_number for each in waiting),
    ]
    return Told(
        opening.set_up(opened, waiting, window.as_of),
        (records("engagement", numbers),),
    )


def _ours(asked: Answered) -> Answer:
    return Answer(
        id=asked.id,
        source=OURS,
        kind=asked.question,
        legal_entity=asked.legal_entity,
        asked_at=asked.requested_at,
        answered_at=asked.decided_at,
    )


def _told(asked: PastApproval, instance: str) -> Answer:
    return Answer(
        id=asked.id,
        source=instance,
        kind=asked.subject_type or WITHOUT_KIND,
        legal_entity=asked.legal_entity,
        asked_at=asked.requested_at,
        answered_at=asked.decided_at,
    )
