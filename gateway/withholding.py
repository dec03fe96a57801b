"""What leaves by an API holds no field whose scope its caller lacks, whoever found it for them."""

from collections.abc import Awaitable, Callable

from litestar import Response

from gateway.mounting import Api
from governance.access import current_caller
from system_apis.restricted import shown_with

Withhold = Callable[[Response[object]], Awaitable[Response[object]]]


def withholding(api: Api) -> Withhold | None:
    """Return what takes restricted fields out of an API's answers, if they may hold any.

    A process or a view may have read them with scopes of its own: what counts is who asked.
    """
    asked = frozenset[str]().union(*(one.asked for one in api.operations))
    return _withhold(asked) if asked else None


def _withhold(asked: frozenset[str]) -> Withhold:
    async def withhold(answer: Response[object]) -> Response[object]:
        held = current_caller().scopes
        if not asked <= held:
            answer.content = shown_with(held, answer.content)
        return answer

    return withhold
