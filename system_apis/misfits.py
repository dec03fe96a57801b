"""Everything that the settings of the systems have wrong, found without asking any of them."""

from collections import Counter
from collections.abc import Iterator, Sequence

from system_apis.connectors import SystemSettings, config_of, module_of, source_of
from system_apis.misfit import Misfit, Misfitting
from system_apis.systems import Route, SystemKind
from system_apis.wire import address

ONE = (SystemKind.CRM, SystemKind.CONTRACTS)
AT_MOST_ONE = (*ONE, SystemKind.PROCUREMENT)


def misfits(settings: Sequence[SystemSettings], routes: Sequence[Route]) -> Iterator[Misfit]:
    """Return what would keep the systems from being connected."""
    yield from _numbers(settings)
    for one in settings:
        yield from _of_one(one, routes)
    yield from _routes(settings, routes)


def _numbers(settings: Sequence[SystemSettings]) -> Iterator[Misfit]:
    """Return which names are there twice, and which kinds are there too seldom or too often."""
    for name, times in Counter(one.instance for one in settings).items():
        if times > 1:
            where = " and ".join(one.at for one in settings if one.instance == name)
            yield Misfit("systems", f"{where} have the same name", "call one of them otherwise")
    kinds = Counter(one.kind for one in settings)
    for kind in AT_MOST_ONE:
        if kinds[kind] > 1:
            what = f"a firm has at most one {kind}, not {kinds[kind]}"
            yield Misfit(f"systems.{kind}", what, "take out all but one")
    for kind in ONE:
        if not kinds[kind]:
            what = f"a firm has one {kind}, and none is named"
            yield Misfit(f"systems.{kind}", what, "say which connector reaches it, and where")


def _of_one(settings: SystemSettings, routes: Sequence[Route]) -> Iterator[Misfit]:
    try:
        module = module_of(settings)
        source_of(settings)
        config = config_of(settings, module)
    except Misfitting as error:
        yield error.misfit
        return
    try:
        address(config.connection.base_url)
    except ValueError as error:
        remedy = "write the address that the system is reached at"
        yield Misfit(f"{settings.at}.config.connection.base_url", str(error), remedy)
    told = getattr(module, "entities", None)
    served = {route.legal_entity for route in routes if route.instance == settings.instance}
    strangers = sorted(served - told(config)) if told else []
    if strangers:
        what = f"it says nothing of {', '.join(strangers)}, whose records are routed there"
        yield Misfit(
            f"{settings.at}.config", what, "say how it knows them, or route them elsewhere"
        )


def _routes(settings: Sequence[SystemSettings], routes: Sequence[Route]) -> Iterator[Misfit]:
    known = {(one.kind, one.instance) for one in settings}
    for route in routes:
        if (route.kind, route.instance) not in known:
            what = f"{route.legal_entity} is routed to {route.instance}, which is no {route.kind}"
            names = sorted(name for kind, name in known if kind is route.kind)
            remedy = f"name one of {', '.join(names)}" if names else f"name a {route.kind}"
            yield Misfit("routes", what, f"{remedy} under `systems`")
