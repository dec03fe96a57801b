"""How long a process waits for a system before it asks a person."""

import random
from datetime import timedelta

from msgspec import Struct


class Patience(Struct, frozen=True):
    """How often a step is tried before a person is asked (domain handbook, 3)."""

    tries: int = 8
    first_wait: timedelta = timedelta(milliseconds=250)
    factor: int = 4

    def wait_ms(self, tried: int, at_least: timedelta) -> int:
        """Exponential waiting with jitter, never shorter than the system asked for."""
        ceiling = self.first_wait * self.factor ** (tried - 1)
        jittered = ceiling * random.uniform(0.5, 1)  # noqa: S311  # spreads load, guards nothing
        return int(max(jittered, at_least) / timedelta(milliseconds=1)) + 1
