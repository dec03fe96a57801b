"""Which calls go wrong, and how: by rule, or by chance from a seed that can be played again."""

import random
from collections import Counter
from decimal import Decimal
from enum import StrEnum
from fnmatch import fnmatchcase

from msgspec import Struct, field

LONGEST_PROCESSING_SECONDS = 2.0


class FaultKind(StrEnum):
    """What happens to a call; what is `before` changes nothing, what is `commit-` does."""

    UNAVAILABLE_BEFORE = "503-before"
    THROTTLED_SECONDS = "429-seconds"
    THROTTLED_DATE = "429-date"
    THROTTLED_ABSENT = "429-absent"
    THROTTLED_HUGE = "429-huge"
    RESET_BEFORE = "reset-before"
    COMMIT_THEN_RESET = "commit-then-reset"
    COMMIT_THEN_500 = "commit-then-500"
    COMMIT_THEN_SLOW = "commit-then-slow"
    LATE_COMMIT = "late-commit"
    COMMIT_THEN_GARBAGE = "commit-then-garbage"
    COMMIT_THEN_TRUNCATED = "commit-then-truncated"
    HALF_APPLY = "half-apply"
    DUPLICATE_APPLY = "duplicate-apply"
    EVENTUALLY_VISIBLE = "eventually-visible"
    DRIP = "drip"
    WRONG_ID_ECHOED = "wrong-id-echoed"
    HUGE_BODY = "huge-body"
    REFUSED_BEFORE = "422-before"
    DRIFTED = "drifted"


# They last until somebody changes something, so chance plays neither.
LASTING = frozenset({FaultKind.REFUSED_BEFORE, FaultKind.DRIFTED})


class FaultRule(Struct, frozen=True, forbid_unknown_fields=True):
    """Let matching calls go wrong: the nth of them, or every one.

    `operation` is a pattern for the operation's name or for `METHOD /path` after the
    instance.
    """

    kind: FaultKind
    instance: str = "*"
    operation: str = "*"
    nth: int | None = None

    def matches(self, instance: str, operation: str, line: str) -> bool:
        """Whether the rule speaks of a call."""
        return fnmatchcase(instance, self.instance) and (
            fnmatchcase(operation, self.operation) or fnmatchcase(line, self.operation)
        )


class FaultPlan(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """How calls go wrong; of those that no rule names, `rate` do, by a kind from `kinds`.

    `late_seconds` may not pass the longest time that a system is declared to work on a
    request, since readers conclude from it that an absent record stays absent.
    """

    seed: int = 0
    rate: Decimal = Decimal(0)
    kinds: tuple[FaultKind, ...] = tuple(each for each in FaultKind if each not in LASTING)
    rules: tuple[FaultRule, ...] = ()
    late_seconds: float = 0.9
    slow_seconds: float = 30.0
    hidden_seconds: float = 1.0
    drip_seconds: float = 1.0
    retry_after_seconds: int = 1
    huge_bytes: int = 100 * 1024 * 1024

    def __post_init__(self) -> None:
        if not 0 <= max(self.late_seconds, self.hidden_seconds) <= LONGEST_PROCESSING_SECONDS:
            raise ValueError(f"nothing settles later than {LONGEST_PROCESSING_SECONDS} s")
        if not 0 <= self.rate <= 1 or (self.rate and not self.kinds):
            raise ValueError("a rate is from 0 to 1, and needs kinds")


class Fired(Struct, frozen=True):
    """A fault that was played."""

    kind: FaultKind
    instance: str
    operation: str
    call: int


class FaultReport(Struct, frozen=True):
    """What was played since the plan was set."""

    plan: FaultPlan
    calls: int
    fired: dict[str, int]
    log: list[Fired] = field(default_factory=list)


class Faults:
    """The plan in force, and what came of it; every system's calls are counted apart."""

    def __init__(self, plan: FaultPlan) -> None:
        self.set(plan)

    def set(self, plan: FaultPlan) -> None:
        """Put another plan in force and count from the beginning."""
        self.plan = plan
        self._calls: Counter[tuple[str, str]] = Counter()
        self._matched: Counter[int] = Counter()
        self._log: list[Fired] = []

    def choose(self, instance: str, operation: str, line: str) -> FaultKind | None:
        """Return what goes wrong with this call, if anything."""
        self._calls[instance, operation] += 1
        call = self._calls[instance, operation]
        kind = self._by_rule(instance, operation, line) or self._by_chance(
            f"{self.plan.seed}:{instance}:{operation}:{call}"
        )
        if kind is not None:
            self._log.append(Fired(kind, instance, operation, call))
        return kind

    def report(self) -> FaultReport:
        """Return what was played since the plan was set."""
        fired = Counter(str(each.kind) for each in self._log)
        return FaultReport(self.plan, self._calls.total(), dict(fired), self._log)

    def _by_rule(self, instance: str, operation: str, line: str) -> FaultKind | None:
        chosen = None
        for position, rule in enumerate(self.plan.rules):
            if rule.matches(instance, operation, line):
                self._matched[position] += 1
                if rule.nth in {None, self._matched[position]}:
                    chosen = chosen or rule.kind
        return chosen

    def _by_chance(self, seed: str) -> FaultKind | None:
        if not self.plan.rate:
            return None
        chance = random.Random(seed)  # noqa: S311  # must be played again from its seed
        if Decimal(chance.random()) >= self.plan.rate:
            return None
        return chance.choice(self.plan.kinds)
