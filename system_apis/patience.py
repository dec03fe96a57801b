"""How long we keep asking a system that fails, and what it costs the system at most."""

from random import SystemRandom

from msgspec import Struct

_random = SystemRandom()


class Patience(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The retries and the circuit of one system instance.

    Every read earns `retry_share` of a retry and every retry spends one, so that a system
    that is down gets at most that much more traffic; `retries_saved` may be spent at once.
    """

    tries: int = 3
    first_wait: float = 0.1
    longest_wait: float = 2.0
    retry_share: float = 0.1
    retries_saved: float = 10.0
    circuit_failures: int = 5
    circuit_seconds: float = 10.0

    def wait_after(self, tries: int) -> float:
        """Return the seconds to wait after so many tries: growing twofold, with full jitter."""
        return _random.uniform(0, min(self.first_wait * 2.0**tries, self.longest_wait))


class RetryBudget:
    """What may still be spent on repeating calls."""

    def __init__(self, patience: Patience) -> None:
        self._patience = patience
        self._saved = patience.retries_saved

    def earn(self) -> None:
        """Count a call's first try."""
        self._saved = min(self._saved + self._patience.retry_share, self._patience.retries_saved)

    def spend(self) -> bool:
        """Return whether a call may be repeated, and count it when it may."""
        if self._saved < 1:
            return False
        self._saved -= 1
        return True
