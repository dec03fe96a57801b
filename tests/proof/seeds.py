"""How often a promise is tried: from one seed in CI, from more of them in `make soak`.

A case follows from its seed and number alone, so that it is the same wherever it is drawn. Both
are told when a promise is broken, with the smallest case that was found to break it.
"""

from collections.abc import Callable, Iterator
from random import Random
from typing import Any

import hypothesis
import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import RuleBasedStateMachine, run_state_machine_as_test

# How many times as many cases the long run tries of each seed: with three, all proofs together
# take it less than a quarter of an hour of computing.
MORE = 3
SEEDS = [1, *(pytest.param(seed, marks=pytest.mark.soak) for seed in range(2, 12))]
from_each_seed = pytest.mark.parametrize("seed", SEEDS)
Case = tuple[Any, ...]
Draw = Callable[[Random], Case]
Promise = Callable[..., None]


def holds(promise: Promise, draw: Draw, *, seed: int, times: int) -> None:
    """Try a promise on so many cases of a seed; on more of each but the first."""
    for number in range(times if seed == 1 else MORE * times):
        case = draw(Random(f"{seed}:{number}"))  # noqa: S311  # cases are to come again
        if (told := _broken(promise, case)) is not None:
            least = _least(promise, case)
            told = _broken(promise, least) or told
            told.add_note(f"seed {seed}, case {number}: {least}")
            raise told


def plays(
    machine: type[RuleBasedStateMachine], *, seed: int, times: int, steps: int, pure: bool
) -> None:
    """Play a machine so often, in so many steps each time, as a seed draws them.

    What fails is made smaller where that takes no time: of a `pure` machine.
    """
    seeded = hypothesis.seed(seed)(type(machine.__name__, (machine,), {}))
    often = settings(
        max_examples=times if seed == 1 else MORE * times,
        stateful_step_count=steps,
        deadline=None,
        database=None,
        phases=[Phase.generate, *([Phase.shrink] if pure else [])],
        suppress_health_check=list(HealthCheck),
    )
    run_state_machine_as_test(seeded, settings=often)


def _broken(promise: Promise, case: Case) -> AssertionError | None:
    try:
        promise(*case)
    except AssertionError as told:
        return told
    return None


def _least(promise: Promise, case: Case) -> Case:
    """Return a case from which nothing more can be left out before the promise holds."""
    for smaller in _smaller(case):
        try:
            broken = _broken(promise, smaller) is not None
        except (LookupError, ValueError, ArithmeticError):  # it makes no sense without that
            continue
        if broken:
            return _least(promise, smaller)
    return case


def _smaller(case: Case) -> Iterator[Case]:
    """Yield a case without one of the things that its stories list."""
    for at, story in enumerate(case):
        for name in getattr(story, "_fields", ()):
            listed = getattr(story, name)
            if isinstance(listed, tuple) and not hasattr(listed, "_fields"):
                for gone in range(len(listed)):
                    less = story._replace(**{name: listed[:gone] + listed[gone + 1 :]})
                    yield (*case[:at], less, *case[at + 1 :])
