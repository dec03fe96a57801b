"""The figures about what is earned: the firm's projects together, in its reporting currency."""

from experience_apis.executive.page import records
from experience_apis.executive.sources import Asked, Sources, Told
from process_apis.revenue.group import GroupFigures, group


async def group_figures(sources: Sources, asked: Asked) -> Told[GroupFigures]:
    """Return what the projects of a month came to; days that are no whole month have none."""
    month = asked.window.month
    if month is None:
        return Told(None)
    standings = await sources.revenue.standings(entities=asked.scope.entities, month=month)
    counted = [
        each for each in standings if asked.scope.has(each.legal_entity, each.project_number)
    ]
    return Told(
        group(counted, sources.exchange, month) if counted else None,
        (records("project", (each.project_number for each in counted)),),
    )
