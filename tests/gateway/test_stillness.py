"""Nothing moves any more: told by the gateway's rounds, not by a watch."""

from gateway.demo.stillness import QUIET_ROUNDS, STUCK_ROUNDS, Stillness
from observability.metrics import Metrics


class Gateway:
    """A gateway that goes its rounds when it is told to."""

    def __init__(self) -> None:
        self.metrics, self.gone = Metrics(), 0

    async def told(self) -> str:
        """Return what it tells of itself."""
        return self.metrics.render().decode()

    def goes_round(self, *names: str) -> None:
        """Come to the end of a round of each name."""
        self.gone += 1
        for name in names:
            self.metrics.worker_heartbeat.labels(name).set(self.gone)


async def _look(gateway: Gateway, stillness: Stillness, *names: str, times: int) -> None:
    for _ in range(times):
        gateway.goes_round(*names)
        await stillness.look()


async def test_all_is_quiet_once_every_round_was_gone_a_few_times() -> None:
    """However often one looks, and however long one waits."""
    gateway = Gateway()
    stillness = Stillness(gateway.told)
    await _look(gateway, stillness, "answers", times=QUIET_ROUNDS)
    without_the_day = stillness.is_quiet
    await _look(gateway, stillness, "answers", "rounds", times=QUIET_ROUNDS - 1)
    for _ in range(STUCK_ROUNDS):
        await stillness.look()
    too_soon = stillness.is_quiet
    await _look(gateway, stillness, "rounds", times=1)

    assert (without_the_day, too_soon, stillness.is_quiet) == (False, False, True)
    assert not stillness.is_stuck


async def test_a_process_that_ends_and_a_person_who_acts_begin_the_quiet_anew() -> None:
    """Something may follow from either."""
    gateway = Gateway()
    stillness = Stillness(gateway.told)
    await _look(gateway, stillness, "answers", "rounds", times=STUCK_ROUNDS)
    stuck = stillness.is_stuck
    gateway.metrics.process_duration.labels("set-up", "machine").observe(1)
    moved = await stillness.look()
    after_a_process = stillness.is_quiet
    await _look(gateway, stillness, "answers", "rounds", times=QUIET_ROUNDS)
    again = stillness.is_quiet
    stillness.wake()

    assert (stuck, moved, after_a_process, again) == (True, True, False, True)
    assert not stillness.is_quiet
