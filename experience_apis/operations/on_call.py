"""The answer to people on call, put together from failures, held work, open cases and metrics."""

from collections import Counter
from collections.abc import Callable, Sequence
from datetime import datetime

from msgspec import Struct

from experience_apis.operations.stakes import Stake, stake_of, sums_of
from experience_apis.operations.views import (
    FailingOperation,
    Incident,
    KindCount,
    Retrying,
    Stranded,
)
from governance.access import Caller
from governance.vendor_budgets import Budgets
from observability.metrics import Metrics
from observability.readings import breaker, unprocessed_seconds
from observability.trace_context import parse_traceparent
from process_apis.commands import Command, Commands
from process_apis.durable.held_up import HeldUp, HeldWork
from process_apis.errors import NoSuchRecord
from process_apis.exceptions.queue import (
    ExceptionStatus,
    OpenException,
    Replay,
)
from process_apis.exceptions.seen import SeenCases
from process_apis.project_to_cash.ledger.billing import BillingLedger
from system_apis.failing import Failing, Failures

OWN = "process:"


class _Waiting(Struct, frozen=True):
    """All that is about one system: what fails, what is tried again, and what gave up."""

    failing: list[Failing]
    held: list[tuple[HeldWork, Stake | None]]
    cases: list[tuple[OpenException, Command, Stake | None]]


class OnCall(Struct, frozen=True):
    """Knows what fails and what waits for it, and sets stranded work going again."""

    failures: Failures
    held_up: HeldUp
    cases: SeenCases
    commands: Commands
    ledger: BillingLedger
    budgets: Budgets
    metrics: Metrics
    systems: frozenset[str]
    now: Callable[[], datetime]

    async def incidents(self, caller: Caller) -> list[Incident]:
        """Return what fails or is waited for, of the companies and units of the caller."""
        seen = await self.cases.listed(caller, status=ExceptionStatus.OPEN)
        held = self.held_up.listed()
        hidden = await self.cases.hidden(caller, [each.command.key for each in held])
        ours = [each for each in held if each.command.key not in hidden]
        return await self._all(seen, ours, caller.sees)

    async def take(self) -> None:
        """Count what waits for which system, for dashboards and alerts."""
        found = await self._all(
            await self.cases.queue.all_open(), self.held_up.listed(), lambda _: True
        )
        since, runs = self.metrics.failing_since, self.metrics.waiting_runs
        for gauge in (since, runs, self.metrics.waiting_amount):
            gauge.clear()
        for each in found:
            if each.failing and each.since:
                since.labels(each.system).set(each.since.timestamp())
            for state, waiting in (("retrying", each.retrying), ("stranded", each.stranded)):
                for process, count in Counter(run.process for run in waiting).items():
                    runs.labels(each.system, process, state).set(count)
            for amount in each.money_waiting:
                self.metrics.waits(each.system, amount.currency, amount.value)

    async def _all(
        self,
        opened: Sequence[OpenException],
        held_up: Sequence[HeldWork],
        sees: Callable[[str], bool],
    ) -> list[Incident]:
        held = [each for each in held_up if each.system is not None]
        cases = [each for each in opened if each.system is not None]
        failing = self.failures.listed()
        places = [each.place.instance for each in failing]
        places += [each.system for each in held if each.system is not None]
        places += [each.system for each in cases if each.system is not None]
        return [
            await self._incident(
                instance,
                _Waiting(
                    failing=[each for each in failing if each.place.instance == instance],
                    held=await self._held([o for o in held if o.system == instance], sees),
                    cases=await self._known([o for o in cases if o.system == instance]),
                ),
            )
            for instance in dict.fromkeys(places)
        ]

    async def replay(self, instance: str, caller: Caller, *, note: str) -> Replay:
        """Retry all work that a system stranded, and the caller may see.

        Raises `NoSuchRecord` for a system that the firm does not run.
        """
        if instance not in self.systems:
            raise NoSuchRecord(f"there is no system {instance}")
        return await self.cases.replay(instance, note=note, by=caller, at=self.now())

    async def _held(
        self, held: Sequence[HeldWork], sees: Callable[[str], bool]
    ) -> list[tuple[HeldWork, Stake | None]]:
        found = []
        for each in held:
            _, event = await self.commands.with_event(each.command.key)
            if event.legal_entity is None or sees(event.legal_entity):
                found.append((each, await stake_of(event, self.ledger)))
        return found

    async def _known(
        self, cases: Sequence[OpenException]
    ) -> list[tuple[OpenException, Command, Stake | None]]:
        found = []
        for each in cases:
            command, event = await self.commands.with_event(each.command_key)
            stake = await stake_of(event, self.ledger)
            if each.amount_at_risk is not None and stake is None:
                stake = Stake(each.command_key, each.amount_at_risk)
            found.append((each, command, stake))
        return found

    async def _incident(self, instance: str, waiting: _Waiting) -> Incident:
        budgets = await self.budgets.standing()
        operations = [_operation(each) for each in waiting.failing]
        retrying = [_retrying(each, stake) for each, stake in waiting.held]
        stranded = [_stranded(*each) for each in waiting.cases]
        stakes = [stake for _, stake in waiting.held] + [stake for _, _, stake in waiting.cases]
        started = [each.since for each in operations] + [each.since for each, _ in waiting.held]
        traces = [trace for each in waiting.failing for trace in each.trace_ids]
        commands = [each.command for each, _ in waiting.held] + [each[1] for each in waiting.cases]
        traces += [trace for each in commands if (trace := _trace_id(each))]
        return Incident(
            system=instance,
            failing=bool(operations),
            since=min(started, default=None),
            answered_at=self.failures.answered_at(instance),
            operations=operations,
            kinds=[KindCount(*each) for each in self.failures.ways(instance)],
            consumers=sorted({name for each in operations for name in each.consumers}),
            processes=sorted(
                {name for each in operations for name in each.processes}
                | {each.process for each in commands}
            ),
            money_waiting=sums_of([each for each in stakes if each is not None]),
            without_amount=stakes.count(None),
            breaker=breaker(self.metrics, instance),
            quota=[left for each in budgets if each.instance == instance for left in each.windows],
            unprocessed_seconds=unprocessed_seconds(self.metrics, instance),
            trace_ids=list(dict.fromkeys(traces)),
            retrying=retrying,
            stranded=stranded,
        )


def _operation(failing: Failing) -> FailingOperation:
    return FailingOperation(
        api=failing.place.api,
        operation=failing.place.operation,
        since=failing.since,
        last_at=failing.last_at,
        failures=failing.failures,
        kind=failing.kind,
        reason=failing.reason,
        consumers=sorted(each for each in failing.callers if not each.startswith(OWN)),
        processes=sorted(
            each.removeprefix(OWN) for each in failing.callers if each.startswith(OWN)
        ),
    )


def _retrying(held: HeldWork, stake: Stake | None) -> Retrying:
    return Retrying(
        process=held.command.process,
        command_key=held.command.key,
        step=held.step,
        tried=held.tried,
        reason=held.reason,
        accepted_at=held.command.accepted_at,
        since=held.since,
        amount=stake.amount if stake else None,
        trace_id=_trace_id(held.command),
    )


def _stranded(case: OpenException, command: Command, stake: Stake | None) -> Stranded:
    return Stranded(
        exception_id=case.id,
        process=case.process,
        command_key=case.command_key,
        step=case.step_name,
        code=case.code,
        reason=case.reason,
        opened_at=case.opened_at,
        amount=stake.amount if stake else None,
        trace_id=_trace_id(command),
    )


def _trace_id(command: Command) -> str | None:
    """Return the trace that a command belongs to, if it was begun in one."""
    told = parse_traceparent(command.traceparent or "")
    return f"{told.trace_id:032x}" if told else None
