"""What is taken goes on: into the engine at once, and by a round when that was cut short."""

from process_apis.engine import Engine
from process_apis.events.time_and_expense import WorkHandedIn
from process_apis.time_and_expense.records import HandedIn
from process_apis.time_and_expense.register import Register


async def start(engine: Engine, register: Register, row: HandedIn) -> None:
    """Let a version go its way; started twice, it goes once."""
    event = WorkHandedIn(row_id=row.id, version=row.version, legal_entity=row.legal_entity)
    await engine.start(event, by=row.handed_in_by)
    await register.mark_started(row)


class HandingIn:
    """Looks after what was taken, and was not sent to the engine before its program ended."""

    def __init__(self, engine: Engine, register: Register) -> None:
        self._engine, self._register = engine, register

    async def look(self) -> None:
        """Start what was never started."""
        for row in await self._register.unstarted():
            await start(self._engine, self._register, row)
