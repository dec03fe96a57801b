"""How findings are told: all of them, the most severe first, of these the lowest code."""

from collections.abc import Iterable

from process_apis.time_and_expense.records import PolicyFinding, Severity

_GRAVITY = {Severity.BLOCK: 0, Severity.HOLD: 1, Severity.WARN: 2}
_OURS = ("T", "E")


def in_order(found: Iterable[PolicyFinding]) -> tuple[PolicyFinding, ...]:
    """Return findings, the one that something is known by first."""
    return tuple(
        sorted(
            found,
            key=lambda each: (
                _GRAVITY[each.severity],
                not each.code.startswith(_OURS),
                each.code,
            ),
        )
    )


def holds(found: Iterable[PolicyFinding]) -> bool:
    """Whether an approver must judge a finding."""
    return any(each.severity is not Severity.WARN for each in found)
