"""What tells subscribers: their register, the secrets that sign, and the rounds that send."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

from msgspec import Struct

from gateway.foundation import Foundation
from gateway.identity import Identity, public_url
from gateway.people import kept_secret
from gateway.settings import Profile, Settings, UnreadableSettings
from governance.access import Caller
from governance.authorization_server.clients import new_secret
from process_apis.engine import Engine, Process
from process_apis.rounds import Rounds
from process_apis.subscriptions.deliveries import Deliveries
from process_apis.subscriptions.desk import Desk
from process_apis.subscriptions.forgetting import Forgetting
from process_apis.subscriptions.minding import Minding
from process_apis.subscriptions.process import Asking, processes
from process_apis.subscriptions.register import Subscriptions
from process_apis.subscriptions.sending import Sender
from process_apis.subscriptions.signing import SigningSecrets
from store.clock import wall_clock
from system_apis.egress import Guard, UnsafeAddress, open_way_out

_KEY = "webhooks.secret"


class Subscribing(Struct, frozen=True, kw_only=True):
    """The parts that tell subscribers, made once."""

    subscription_desk: Desk
    deliveries: Deliveries
    minding: Minding
    secrets: SigningSecrets
    guard: Guard

    def processes(self) -> list[Process]:
        """Return what a person is asked."""
        return processes(Asking(self.minding))


def make_subscribing(settings: Settings, base: Foundation) -> Subscribing:
    """Return the parts; nothing is sent yet."""
    register = Subscriptions(base.store, base.audit, wall_clock)
    deliveries = Deliveries(base.store, base.audit, register)
    secrets = SigningSecrets(kept_secret(base.keys / _KEY, new_secret).encode())
    guard = guard_of(settings)
    return Subscribing(
        subscription_desk=Desk(register, deliveries, secrets, guard, wall_clock),
        deliveries=deliveries,
        minding=Minding(register, deliveries),
        secrets=secrets,
        guard=guard,
    )


def guard_of(settings: Settings) -> Guard:
    """Return what may be called that others chose; this machine itself in the sandbox only."""
    sandbox = settings.profile is Profile.SANDBOX
    guard = Guard(
        internal_hosts=frozenset(settings.egress.internal_hosts),
        ports=frozenset(settings.egress.ports),
        plain=sandbox,
        loopback=sandbox,
    )
    for each in guard.internal_hosts:
        try:
            guard.url(f"https://[{each}]" if ":" in each else f"https://{each}")
        except UnsafeAddress as error:
            raise UnreadableSettings(f"egress.internal_hosts: {error}") from error
    return guard


@asynccontextmanager
async def open_rounds(
    settings: Settings, base: Foundation, identity: Identity, parts: Subscribing, engine: Engine
) -> AsyncIterator[Rounds]:
    """Return the rounds that send, whose way out is open while the block runs."""
    issuer = public_url(settings)

    def rights(caller: Caller) -> Caller | None:
        return identity.withdrawals.narrowed(issuer, caller)

    async with open_way_out(parts.guard, wall_clock) as way_out:
        source = f"{issuer}/process/subscriptions/v1"
        sender = Sender(
            parts.deliveries, parts.secrets, way_out, rights, base.metrics, source, wall_clock
        )
        tasks: list[Callable[[], Awaitable[object]]] = [
            sender.look,
            lambda: parts.minding.look(engine),
            Forgetting(base.store, base.audit, wall_clock).look,
        ]
        yield Rounds(
            {"subscribers": tasks},
            base.metrics,
            wall_clock,
            every_seconds=settings.rounds_seconds,
        )
        await sender.close()
