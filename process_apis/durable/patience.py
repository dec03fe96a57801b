"""How long a process waits for a system before it asks a person."""

import random
from datetime import timedelta

from msgspec import Struct


class Patience(Struct, frozen=True):
    """How often a step is tried before a person is asked: for about a day [P].

    The waits grow to five minutes and no further, so that work goes on soon after a system
    is back from hours away. The domain handbook's eight tries in a day (3) would leave
    hours between the last of them.
    """

    tries: int = 400
    first_wait: timedelta = timedelta(milliseconds=250)
    factor: int = 4
    longest_wait: timedelta = timedelta(minutes=5)

    def wait_ms(self, tried: int, at_least: timedelta) -> int:
        """Exponential waiting with jitter, never shorter than the system asked for."""
        growing = self.first_wait * self.factor ** min(tried - 1, 16)
        ceiling = min(growing, self.longest_wait)
        jittered = ceiling * random.uniform(0.5, 1)  # noqa: S311  # spreads load, guards nothing
        return int(max(jittered, at_least) / timedelta(milliseconds=1)) + 1
