"""Subscriptions over HTTP: who is told of what, the secret that signs, and what was delivered."""

import re
from datetime import date, datetime
from typing import Annotated

from litestar import Response, delete, get, post, put
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, HeaderParameter, JSONBody
from msgspec import Meta, Struct

from governance.access import Caller, Forbidden, current_caller
from governance.json_schemas import MEDIA_TYPE, json_schema
from governance.pages import NoSuchPage
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
from governance.sensitive_reads import SensitiveReads
from governance.wrong_field import WrongField
from process_apis.errors import NoSuchRecord
from process_apis.events.published import EVENT_TYPES, EventType
from process_apis.events.schemas import said_by
from process_apis.subscriptions.desk import Desk
from process_apis.subscriptions.records import (
    Delivery,
    DeliveryPage,
    DeliveryState,
    DeliveryStory,
    Subscription,
    SubscriptionStatus,
    SubscriptionWish,
)

IfMatch = Annotated[str | None, HeaderParameter(name="If-Match")]
_NAME = "process:subscriptions"
_READ = Operation(scope=f"{_NAME}:read", tenants=TenantRule.BY_RECORD)
_WRITE = Operation(scope=f"{_NAME}:write", tenants=TenantRule.BY_RECORD, writes=True)

_PLACE = re.compile(r"dlv_[0-9a-f]{32}")
POLICY = ApiPolicy(
    name="subscriptions",
    layer=Layer.PROCESS,
    version=1,
    title="Subscriptions",
    owner=Owner(team="Integration Platform", contact="integration-platform@strata.example"),
    lifecycle=Lifecycle(stage=Stage.ACTIVE, since=date(2026, 11, 28)),
    rate_plan=RatePlan(limit="300/minute"),
    objective=Objective(availability="0.999", latency_ms=100),
    data_class=DataClass.RESTRICTED,
    operations={
        "list_event_types": Operation(scope=f"{_NAME}:read", tenants=TenantRule.FIRM_WIDE),
        "read_event_schema": Operation(scope=f"{_NAME}:read", tenants=TenantRule.FIRM_WIDE),
        "register": _WRITE,
        "list_subscriptions": Operation(scope=f"{_NAME}:read", tenants=TenantRule.BY_FILTER),
        "read_subscription": _READ,
        "set_status": _WRITE,
        "delete_subscription": _WRITE,
        "rotate_secret": _WRITE,
        "read_secret": Operation(
            scope=f"{_NAME}:write", tenants=TenantRule.BY_RECORD, sensitive=True
        ),
        "send_test": _WRITE,
        "list_deliveries": _READ,
        "read_delivery": _READ,
        "replay_delivery": _WRITE,
        "replay_since": _WRITE,
    },
)


class EventTypeList(Struct, frozen=True):
    """Every type of event that is published."""

    items: list[EventType]


class SubscriptionList(Struct, frozen=True):
    """Subscriptions, the oldest first."""

    items: list[Subscription]
    next_cursor: str | None = None


class StatusWish(Struct, frozen=True, forbid_unknown_fields=True):
    """Whether to be told now, or later."""

    status: SubscriptionStatus

    def __post_init__(self) -> None:
        if self.status not in {SubscriptionStatus.ACTIVE, SubscriptionStatus.PAUSED}:
            raise WrongField("status", "say active or paused")


class ReplayWish(Struct, frozen=True, forbid_unknown_fields=True):
    """From which moment on everything is to be told again."""

    since: Annotated[datetime, Meta(tz=True)]


class Replayed(Struct, frozen=True):
    """How many events are on their way again."""

    count: int


class SigningSecret(Struct, frozen=True, kw_only=True):
    """The secret that signs, and until when it could have been shown."""

    secret: str
    shown_until: datetime


@get("/event-types", opt={"operation": "list_event_types"})
async def list_event_types() -> EventTypeList:
    """Return every type of event that is published, with the scope that it takes to hear of it."""
    return EventTypeList(list(EVENT_TYPES.values()))


@get("/event-types/{event_type:str}", opt={"operation": "read_event_schema"})
async def read_event_schema(event_type: FromPath[str]) -> Response[bytes]:
    """Return the JSON Schema (2020-12) of what events of one type say, their `data`."""
    said = said_by().get(event_type)
    if said is None:
        raise NoSuchRecord(f"there is no type of event {event_type}")
    return Response(json_schema(said), media_type=MEDIA_TYPE)


@post("/", status_code=201, opt={"operation": "register"})
async def register(
    subscription_desk: NamedDependency[Desk], data: JSONBody[SubscriptionWish]
) -> Response[Subscription]:
    """Have events of some types told to an https address from now on.

    The secret that signs them is read once, at `/{subscription_id}/secret`, within an hour.
    """
    made = await subscription_desk.register(data, by=_bound_to_none(current_caller()))
    return _told(made, status=201, location=f"{POLICY.path}/{made.id}")


@get("/", opt={"operation": "list_subscriptions"})
async def list_subscriptions(
    subscription_desk: NamedDependency[Desk], cursor: FromQuery[str | None] = None
) -> SubscriptionList:
    """Return a page of the caller's own subscriptions; operators see everybody's."""
    return SubscriptionList(*await subscription_desk.register_.page(current_caller(), cursor))


@get("/{subscription_id:str}", opt={"operation": "read_subscription"})
async def read_subscription(
    subscription_desk: NamedDependency[Desk], subscription_id: FromPath[str]
) -> Response[Subscription]:
    """Return one subscription, with its revision as `ETag`."""
    return _told(await subscription_desk.get(subscription_id))


@put("/{subscription_id:str}/status", opt={"operation": "set_status"})
async def set_status(
    subscription_desk: NamedDependency[Desk],
    subscription_id: FromPath[str],
    data: JSONBody[StatusWish],
    if_match: IfMatch = None,
) -> Response[Subscription]:
    """Pause a subscription or have it told again, what it missed included."""
    changed = await subscription_desk.set_status(subscription_id, data.status, if_match)
    return _told(changed)


@delete("/{subscription_id:str}", status_code=200, opt={"operation": "delete_subscription"})
async def delete_subscription(
    subscription_desk: NamedDependency[Desk],
    subscription_id: FromPath[str],
    if_match: IfMatch = None,
) -> Response[Subscription]:
    """Tell a subscriber nothing more, for good."""
    return _told(
        await subscription_desk.set_status(subscription_id, SubscriptionStatus.DELETED, if_match)
    )


@post("/{subscription_id:str}/secret", status_code=200, opt={"operation": "rotate_secret"})
async def rotate_secret(
    subscription_desk: NamedDependency[Desk],
    subscription_id: FromPath[str],
    if_match: IfMatch = None,
) -> Response[Subscription]:
    """Sign by another secret from now on, and by the one before as well for a day."""
    return _told(await subscription_desk.rotate(subscription_id, if_match))


@get("/{subscription_id:str}/secret", opt={"operation": "read_secret", "shown_once": True})
async def read_secret(
    subscription_desk: NamedDependency[Desk],
    sensitive_reads: NamedDependency[SensitiveReads],
    subscription_id: FromPath[str],
) -> SigningSecret:
    """Return the newest secret to the owner, once, within an hour of its making; never again."""
    secret, until = await subscription_desk.secret(subscription_id)
    await sensitive_reads.record(
        "subscription.secret", subscription_id, legal_entity=None, records=1
    )
    return SigningSecret(secret=secret, shown_until=until)


@post("/{subscription_id:str}/test", status_code=202, opt={"operation": "send_test"})
async def send_test(
    subscription_desk: NamedDependency[Desk], subscription_id: FromPath[str]
) -> Delivery:
    """Send an event that says nothing, to try the receiver."""
    return await subscription_desk.test(subscription_id)


@get("/{subscription_id:str}/deliveries", opt={"operation": "list_deliveries"})
async def list_deliveries(
    subscription_desk: NamedDependency[Desk],
    subscription_id: FromPath[str],
    status: FromQuery[DeliveryState | None] = None,
    cursor: FromQuery[str | None] = None,
) -> DeliveryPage:
    """Return two hundred deliveries, the newest first, of one state if it is named."""
    if cursor is not None and not _PLACE.fullmatch(cursor):
        raise NoSuchPage
    return await subscription_desk.listed(subscription_id, status, cursor)


@get("/deliveries/{delivery_id:str}", opt={"operation": "read_delivery"})
async def read_delivery(
    subscription_desk: NamedDependency[Desk], delivery_id: FromPath[str]
) -> DeliveryStory:
    """Return one delivery with what it tells and every attempt at it."""
    return await subscription_desk.story(delivery_id)


@post("/deliveries/{delivery_id:str}/replay", status_code=202, opt={"operation": "replay_delivery"})
async def replay_delivery(
    subscription_desk: NamedDependency[Desk], delivery_id: FromPath[str]
) -> Delivery:
    """Tell one event again, under the same `webhook-id`."""
    return await subscription_desk.replay(delivery_id)


@post("/{subscription_id:str}/replay", status_code=202, opt={"operation": "replay_since"})
async def replay_since(
    subscription_desk: NamedDependency[Desk],
    subscription_id: FromPath[str],
    data: JSONBody[ReplayWish],
) -> Replayed:
    """Tell everything again that occurred since a moment, in order, under the same ids."""
    return Replayed(await subscription_desk.replay_since(subscription_id, data.since))


def _bound_to_none(caller: Caller) -> Caller:
    """Return a caller who sees whole companies, or raise `Forbidden`."""
    if caller.units is not None:
        raise Forbidden("an event names no business unit: who is bound to units is told of none")
    return caller


def _told(
    subscription: Subscription, *, status: int = 200, location: str | None = None
) -> Response[Subscription]:
    headers = {"ETag": f'"{subscription.revision}"'}
    if location is not None:
        headers["Location"] = location
    return Response(subscription, status_code=status, headers=headers)


handlers = [
    list_event_types,
    read_event_schema,
    register,
    list_subscriptions,
    read_subscription,
    set_status,
    delete_subscription,
    rotate_secret,
    read_secret,
    send_test,
    list_deliveries,
    read_delivery,
    replay_delivery,
    replay_since,
]
