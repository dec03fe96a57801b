"""How records come to us: in order, readable, and in time. The rules DQ-I1 to DQ-I6."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from msgspec import Struct

from governance.quality.findings import QualityFindings
from governance.quality.rules import Judgement, Kind, Verdict
from process_apis.quality.judging import verdicts
from process_apis.quality.table import RULES
from system_apis.canonical.quality.integration import ChangeFacts, FeedFacts, RefusalFacts
from system_apis.canonical.record import Change
from system_apis.errors import NotFound, Refused, SystemFailure, Unreadable

CHANGE_RULES = frozenset({"DQ-I2", "DQ-I4"})
COUNTED = frozenset({"DQ-I1"})
READING_RULES = frozenset({"DQ-I3", "DQ-I6"})
FEED_RULES = frozenset({"DQ-I5"})


def only(decided: frozenset[str], facts: Struct) -> tuple[Verdict, ...]:
    """Return what some rules say of facts."""
    return verdicts([each for each in RULES if each.rule.id in decided], facts)


def by_record(changes: Sequence[Change]) -> dict[tuple[str, str], list[Change]]:
    """Return what is told of each record, as it came."""
    found: dict[tuple[str, str], list[Change]] = {}
    for each in changes:
        found.setdefault((each.record_type, each.id), []).append(each)
    return found


def late(read_up_at: datetime, now: datetime, fresh_within: timedelta) -> tuple[Verdict, ...]:
    """Return what the rule of feeds says of one that was read to its end at a moment."""
    facts = FeedFacts(read_up_at=read_up_at, now=now, fresh_within=fresh_within)
    return only(FEED_RULES, facts)


class Arrivals(Struct, frozen=True):
    """Judges the way that records took, whatever they say."""

    findings: QualityFindings
    clock: Callable[[], datetime]

    def order(self, instance: str, told: Sequence[Change], judged: int) -> None:
        """Count what was told of one record after a newer version of it.

        What is older than the version that was `judged` came too late when nothing newer came
        with it; else a page is only read again.
        """
        seen = judged if max(each.version for each in told) < judged else 0
        for each in told:
            for verdict in only(COUNTED, ChangeFacts(change=each, seen_version=seen)):
                if verdict.detail is not None:
                    self.findings.counted(verdict.rule.id, instance)
            seen = max(seen, each.version)

    def read(
        self, instance: str, change: Change, failure: SystemFailure | None, *, told: bool
    ) -> tuple[Judgement, ...]:
        """Judge how the reading of a record went, which a feed `told` of or not."""
        facts = ChangeFacts(
            change=change, read_at=self.clock(), deleted_remotely=isinstance(failure, NotFound)
        )
        decided = CHANGE_RULES if told else frozenset({"DQ-I2"})
        return (
            judgement(Kind.CHANGE, instance, change, only(decided, facts)),
            judgement(Kind.ARRIVAL, instance, change, _refused(failure)),
        )

    async def feed(self, instance: str, found: tuple[Verdict, ...]) -> None:
        """Write down what is said of a feed."""
        await self.findings.judged(
            Judgement(kind=Kind.FEED, subject=instance, version=0, system=instance, verdicts=found)
        )


def judgement(
    kind: Kind, instance: str, change: Change, found: tuple[Verdict, ...] = ()
) -> Judgement:
    """Return what is said of a version of a record."""
    return Judgement(
        kind=kind,
        subject=change.id,
        called=f"{change.record_type.replace('_', ' ')} of {instance}",
        version=change.version,
        system=instance,
        verdicts=found,
    )


def _refused(failure: SystemFailure | None) -> tuple[Verdict, ...]:
    """Return what the rules of reading say: of a value without a word, or of anything else."""
    facts = RefusalFacts()
    if isinstance(failure, Unreadable) and failure.value is not None:
        facts = RefusalFacts(field=failure.field, unmapped_value=failure.value)
    elif isinstance(failure, Unreadable | Refused):
        facts = RefusalFacts(unreadable=str(failure))
    return only(READING_RULES, facts)
