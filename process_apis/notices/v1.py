"""Notices over HTTP: how the caller hears of things, what they were sent, where a link leads."""

from datetime import date
from enum import StrEnum
from typing import Annotated

from litestar import get, put
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody
from msgspec import Meta, Struct

from governance.access import current_caller
from governance.policy import (
    ApiPolicy,
    DataClass,
    Layer,
    Lifecycle,
    Objective,
    Operation,
    Owner,
    RatePlan,
    Stage,
    TenantRule,
)
from governance.signed_links import BadLink
from process_apis.errors import NoSuchRecord
from process_apis.notices.looking import LINK, Telling
from process_apis.notices.records import Bundle, PreferenceDraft, Preferences
from store.clock import BusinessClock

POLICY = ApiPolicy(
    name="notices",
    layer=Layer.PROCESS,
    version=1,
    title="Notices",
    owner=Owner(team="Process Governance", contact="process-governance@strata.example"),
    lifecycle=Lifecycle(stage=Stage.ACTIVE, since=date(2026, 11, 28)),
    rate_plan=RatePlan(limit="120/minute"),
    objective=Objective(availability="0.999", latency_ms=100),
    data_class=DataClass.CONFIDENTIAL,
    operations={
        "read_preferences": Operation(scope="process:notices:read", tenants=TenantRule.FIRM_WIDE),
        "prefer": Operation(
            scope="process:notices:prefer", tenants=TenantRule.FIRM_WIDE, writes=True
        ),
        "list_messages": Operation(scope="process:notices:read", tenants=TenantRule.FIRM_WIDE),
        "follow_link": Operation(scope="process:notices:read", tenants=TenantRule.FIRM_WIDE),
    },
)
_MOST = 100
# The word of a link: what it says and its seal, with a dot between.
Word = Annotated[str, Meta(pattern=r"\A[A-Za-z0-9_-]{1,550}\.[A-Za-z0-9_-]{1,50}\Z")]


class PlaceKind(StrEnum):
    """What a link is about."""

    APPROVAL = "approval"
    EXCEPTION = "exception"


class Looked(Struct, frozen=True, kw_only=True):
    """Where a link leads: the address of the thing, and that of the worklist it stands on."""

    kind: PlaceKind
    id: str
    read_at: str
    worklist_at: str


class MessageList(Struct, frozen=True):
    """Messages, the newest first."""

    items: list[Bundle]


@get("/preferences", opt={"operation": "read_preferences"})
async def read_preferences(
    telling: NamedDependency[Telling], business_clock: NamedDependency[BusinessClock]
) -> Preferences:
    """Return how the caller hears of things: as they said, or as the firm has it."""
    return await _preferences(telling, business_clock)


@put("/preferences", opt={"operation": "prefer"})
async def prefer(
    telling: NamedDependency[Telling],
    business_clock: NamedDependency[BusinessClock],
    data: JSONBody[PreferenceDraft],
) -> Preferences:
    """Say how the caller wants to hear of things; nobody says it for another."""
    caller = current_caller()
    if data.channel is not None and not telling.outgoing.reaches(data.channel, caller.subject):
        raise ValueError(
            f"the firm has no address of yours in {data.channel}: name another channel"
        )
    await telling.register.prefer(data, by=caller)
    return await _preferences(telling, business_clock)


@get("/messages", opt={"operation": "list_messages"})
async def list_messages(telling: NamedDependency[Telling]) -> MessageList:
    """Return what the caller was sent last."""
    return MessageList(await telling.register.of(current_caller().subject, most=_MOST))


@get("/links/{word:str}", opt={"operation": "follow_link"})
async def follow_link(telling: NamedDependency[Telling], word: FromPath[Word]) -> Looked:
    """Return where a link of a message leads; it opens nothing that the caller may not see."""
    try:
        place = telling.links.place(word, LINK)
    except BadLink as error:
        raise NoSuchRecord(str(error)) from error
    if place.person != current_caller().subject:
        raise NoSuchRecord("this link was sent to somebody else")
    kind, _, subject = place.subject.partition(":")
    return Looked(
        kind=PlaceKind(kind),
        id=subject,
        read_at=f"/process/{kind}s/v1/{subject}",
        worklist_at="/experience/worklist/v1",
    )


async def _preferences(telling: Telling, clock: BusinessClock) -> Preferences:
    member = telling.member(current_caller())
    return await telling.preferences(member, telling.terms.on(member.day_of(clock.now())).terms)


handlers = [read_preferences, prefer, list_messages, follow_link]
