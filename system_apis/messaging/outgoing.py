"""The way out to people, guarded by the ledger of effects: no channel knows a key of ours.

A notice to one of our own is told at least once: a second one does no harm, and a lost one
does. A letter to a client leaves at most once: whether one whose answer was lost has left, only
a person can say.
"""

import asyncio
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from enum import StrEnum

from governance.access import current_caller
from governance.audit import Audit, AuditEntry
from observability.metrics import Metrics
from observability.tracing import current_trace_id
from store.database import Store
from system_apis.effect_ledger import Claim, Effect, EffectLedger, EffectState
from system_apis.effects import fingerprint
from system_apis.errors import NotFound, Refused, SystemFailure, TryAgain, Unknown
from system_apis.messaging.interface import Channel, Message

ANSWER_WITHIN = timedelta(seconds=15)


class Operation(StrEnum):
    """What is sent."""

    NOTICE = "send_notice"
    LETTER = "send_letter"


class Outgoing:
    """Sends what is to be sent, by the channels that the firm has."""

    def __init__(
        self,
        channels: Mapping[str, Channel],
        store: Store,
        audit: Audit,
        metrics: Metrics,
        clock: Callable[[], datetime],
    ) -> None:
        self.channels = channels
        self._ledger = EffectLedger(store, clock, audit)
        self._metrics = metrics

    def reaches(self, channel: str, to: str) -> bool:
        """Whether somebody has an address in a channel."""
        return channel in self.channels and to in self.channels[channel].addresses

    async def tell(self, channel: str, message: Message, *, key: str) -> None:
        """Tell somebody of ours something, until the channel says that it took it."""
        effect = self._effect(channel, Operation.NOTICE, message, key, None)
        claim = await self._ledger.claim(effect, ANSWER_WITHIN)
        if claim.state is not EffectState.DONE:
            await self._send(effect, claim, message)

    async def send_letter(
        self, channel: str, message: Message, *, key: str, legal_entity: str
    ) -> None:
        """Send a client a letter, which no second attempt follows when the answer is lost.

        Raises `Refused` with code `NEEDS_RECONCILIATION` when it may have left already.
        """
        effect = self._effect(channel, Operation.LETTER, message, key, legal_entity)
        claim = await self._ledger.claim(effect, ANSWER_WITHIN)
        if claim.state in {EffectState.SENT, EffectState.UNCERTAIN}:
            await self._ledger.end(effect, claim, claim.state)
            reason = f"{message.subject} to {message.to} may have left: ask whether it came"
            raise Refused(channel, reason, code="NEEDS_RECONCILIATION")
        if claim.state is not EffectState.DONE:
            await self._send(effect, claim, message)

    def _effect(
        self, channel: str, operation: Operation, message: Message, key: str, entity: str | None
    ) -> Effect:
        current_caller()  # what leaves without an actor could not be audited
        if channel not in self.channels:
            raise Refused("messaging", f"the firm has no channel {channel}", code="NO_CHANNEL")
        return Effect(
            system="messaging",
            instance=channel,
            operation=operation,
            key=key,
            input_hash=fingerprint(message),
            legal_entity=entity,
        )

    async def _send(self, effect: Effect, claim: Claim, message: Message) -> None:
        await self._ledger.send(effect, claim, ANSWER_WITHIN)
        ended, outcome = EffectState.UNCERTAIN, "unknown"
        try:
            async with asyncio.timeout(ANSWER_WITHIN.total_seconds()):
                await self.channels[effect.instance].send(message, key=effect.key)
            ended, outcome = EffectState.DONE, "sent"
        except TryAgain:
            ended, outcome = EffectState.INTENDED, "try_again"
            raise
        except (Refused, NotFound):
            ended, outcome = EffectState.REFUSED, "refused"
            raise
        except (SystemFailure, TimeoutError) as lost:
            raise Unknown(effect.instance, f"no answer ({type(lost).__name__})") from lost
        finally:
            self._metrics.messages.labels(effect.operation, outcome).inc()
            if ended is not EffectState.DONE:
                await self._ledger.end(effect, claim, ended)
        await self._ledger.done(effect, claim, None, _told(effect, message))


def _told(effect: Effect, message: Message) -> AuditEntry:
    """Return what the audit says: by which channel to whom, and the hash of what, not its words."""
    return AuditEntry.by(
        current_caller(),
        f"messaging.{effect.operation}",
        f"{effect.instance}:{message.to}",
        legal_entity=effect.legal_entity,
        after_hash=effect.input_hash,
        reason=effect.key,
        trace_id=current_trace_id(),
    )
