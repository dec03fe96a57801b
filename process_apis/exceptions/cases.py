"""The case of a stop: whose it is, until when, what is at stake and where to look."""

from collections.abc import Callable, Set

from msgspec import structs

from process_apis.durable.steps import Stopped
from process_apis.events.event import Event
from process_apis.exceptions.owners import OWNERS
from process_apis.exceptions.queue import (
    DUE_WITHIN,
    ExceptionStatus,
    OpenException,
    case_id,
)

_INSTANCE = "instance: "


def case_of(
    stopped: Stopped, event: Event, *, process: str, command_key: str, on_behalf_of: str
) -> OpenException:
    """Return the case of a process that stopped at a step; what no role owns is the operators'."""
    return OpenException(
        id=case_id(command_key, stopped.step, stopped.at),
        process=process,
        command_key=command_key,
        step=stopped.step,
        step_name=stopped.name,
        code=stopped.code,
        reason=stopped.reason,
        owner_role=OWNERS.get(stopped.code, "operator"),
        legal_entity=event.legal_entity,
        on_behalf_of=on_behalf_of,
        opened_at=stopped.at,
        due_at=stopped.at + DUE_WITHIN,
        status=ExceptionStatus.OPEN,
        amount_at_risk=stopped.amount,
        evidence=(*stopped.evidence, *_named_in(event)),
        system=stopped.system,
    )


def may_be_of(case: OpenException, legal_entity: str, served: Callable[[str], Set[str]]) -> bool:
    """Whether a case is of a company, or of none that is known and a system that `served` it."""
    if case.legal_entity is not None:
        return case.legal_entity == legal_entity
    named = [each.partition(_INSTANCE)[2] for each in case.evidence if each.startswith(_INSTANCE)]
    return any(legal_entity in served(each) for each in named)


def _named_in(event: Event) -> list[str]:
    """Return the records that an event names, each by what it is there."""
    return [
        f"{name}: {value}"
        for name, value in structs.asdict(event).items()
        if isinstance(value, str) and name != "legal_entity"
    ]
