"""Governance over HTTP, as far as it is about the lifecycle of API versions."""

import re
from datetime import datetime
from typing import Annotated

from litestar import Response, get, put
from litestar.di import NamedDependency
from litestar.params import FromPath, HeaderParameter, JSONBody
from msgspec import Struct

from governance.audit import Reason
from governance.lifecycle import Change, Lifecycles, Outdated, Unread, Version, Wish
from governance.policy import Lifecycle, Stage

_ETAG = re.compile(r'("?)([0-9]{1,8})\1')
IfMatch = Annotated[str | None, HeaderParameter(name="If-Match")]


class LifecycleWish(Struct, frozen=True, forbid_unknown_fields=True):
    """The lifecycle to live by from now on, null for the declared one, and why."""

    lifecycle: Lifecycle | None
    reason: Reason


class LifecycleNow(Struct, frozen=True, kw_only=True):
    """Where a version stands, until when at least, and how it came to that.

    `declared` is what the code says; `lifecycle` is what holds. Any lifecycle of the history
    can be put back.
    """

    api: str
    stage: Stage
    until: datetime | None
    back_at: datetime | None
    lifecycle: Lifecycle
    declared: Lifecycle
    revision: int
    history: list[Change]


@get("/lifecycle/{layer:str}/{api:str}/{version:str}", opt={"operation": "read_lifecycle"})
async def read_lifecycle(
    lifecycles: NamedDependency[Lifecycles],
    layer: FromPath[str],
    api: FromPath[str],
    version: FromPath[str],
) -> Response[LifecycleNow]:
    """Return where an API version stands, and every change of its lifecycle."""
    return await _told(lifecycles, lifecycles.version(_path(layer, api, version)))


@put("/lifecycle/{layer:str}/{api:str}/{version:str}", opt={"operation": "change_lifecycle"})
async def change_lifecycle(
    lifecycles: NamedDependency[Lifecycles],
    layer: FromPath[str],
    api: FromPath[str],
    version: FromPath[str],
    data: JSONBody[LifecycleWish],
    if_match: IfMatch = None,
) -> Response[LifecycleNow]:
    """Put a lifecycle in place of the one of the revision in `If-Match`.

    Every process lives by it within five seconds.
    """
    found = lifecycles.version(_path(layer, api, version))
    wish = Wish(data.lifecycle, data.reason)
    changed = await lifecycles.change(found.path, wish, revision=_revision(if_match))
    return await _told(lifecycles, changed)


async def _told(lifecycles: Lifecycles, version: Version) -> Response[LifecycleNow]:
    history = await lifecycles.history(version.path)
    standing = version.at(lifecycles.wall())
    now = LifecycleNow(
        api=version.path,
        stage=standing.stage,
        until=standing.until,
        back_at=standing.back_at,
        lifecycle=version.lifecycle,
        declared=version.declared,
        revision=version.revision,
        history=history,
    )
    return Response(now, headers={"ETag": f'"{version.revision}"'})


def _path(layer: str, api: str, version: str) -> str:
    """Return the address of a version: governance has no name of its own in it."""
    return f"/{layer}/{version}" if layer == api == "governance" else f"/{layer}/{api}/{version}"


def _revision(if_match: str | None) -> int:
    """Return the revision that the caller has read, or raise `Unread` or `Outdated`."""
    if if_match is None:
        raise Unread
    found = _ETAG.fullmatch(if_match.strip())
    if found is None:
        raise Outdated(if_match)
    return int(found[2])


handlers = [read_lifecycle, change_lifecycle]
