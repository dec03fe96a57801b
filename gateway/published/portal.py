"""The portal's pages: every API by its layer, with who answers for it, its stage, and its use."""

from collections.abc import Iterable, Iterator, Sequence
from html import escape

from msgspec import Struct

from gateway.mounting import Api
from gateway.problem_types import KINDS
from governance.policy import Layer, Lifecycle
from governance.usage import UsageRow

STYLE = b"""body{font:16px/1.5 system-ui,sans-serif;margin:2rem auto;max-width:64rem;padding:0 1rem}
table{border-collapse:collapse;width:100%;margin:1rem 0}
th,td{text-align:left;vertical-align:top;padding:.3rem .6rem;border-bottom:1px solid #ccc}
code{font-family:ui-monospace,monospace}h3{margin-bottom:0}p{margin:.3rem 0}
.deprecated,.brownout,.retired{font-weight:bold}"""
DAYS = 30


class Shown(Struct, frozen=True):
    """One API as the page shows it: at the lifecycle of now; its use is None where it is hidden."""

    api: Api
    lifecycle: Lifecycle
    usage: Sequence[UsageRow] | None


def apis_page(shown: Iterable[Shown]) -> str:
    """Return the page of all APIs."""
    by_layer: dict[Layer, list[Shown]] = {layer: [] for layer in Layer}
    for each in shown:
        by_layer[each.api.policy.layer].append(each)
    sections = (
        f"<h2>{layer.title()} APIs</h2>{''.join(map(_section, here))}"
        for layer, here in by_layer.items()
        if here
    )
    return _page("APIs", "".join(sections))


def problems_page() -> str:
    """Return the page of all kinds of problems."""
    rows = (
        f'<tr id="{slug}"><td><code>{slug}</code><td>{kind.status}<td>{escape(kind.title)}'
        f"<td>{escape(kind.remedy)}</tr>"
        for slug, kind in KINDS.items()
    )
    return _page("Problems", _table(("Type", "Status", "Title", "What to do"), rows))


def _page(title: str, content: str) -> str:
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{title}</title>'
        '<link rel="stylesheet" href="/docs/style.css"></head><body>'
        '<p><a href="/docs">APIs</a> | <a href="/docs/problems">Problems</a> | '
        f'<a href="/schema/openapi.json">OpenAPI</a></p><h1>{title}</h1>{content}</body></html>'
    )


def _section(shown: Shown) -> str:
    policy = shown.api.policy
    path, aim = escape(policy.path), policy.objective
    return (
        f'<h3 id="{path}">{escape(policy.title)}, version {policy.version}</h3>'
        f"<p><code>{path}</code>, {''.join(_standing(shown.lifecycle))}. "
        f'<a href="{path}/openapi.json">OpenAPI</a></p>'
        f"<p>Owner: {escape(policy.owner.team)} ({escape(policy.owner.contact)}). "
        f"Data: {policy.data_class}. Limit: {escape(policy.rate_plan.limit)} for each caller. "
        f"Objective: {escape(aim.availability)} of calls succeed, within {aim.latency_ms} ms.</p>"
        + _table(("Method", "Address", "What it does", "Scope"), _operations(shown.api))
        + _usage(shown)
    )


def _standing(life: Lifecycle) -> Iterator[str]:
    yield f'<span class="{life.stage}">{life.stage}</span>, there since {life.since}'
    if life.deprecated_on is not None:
        yield f", deprecated on {life.deprecated_on}"
    if life.sunset_on is not None:
        yield f", gone on {life.sunset_on}"
    for each in life.brownouts:
        yield f", off from {each.starts:%Y-%m-%d %H:%M} to {each.ends:%Y-%m-%d %H:%M} UTC"
    if life.successor is not None:
        yield f", succeeded by <code>{escape(life.successor)}</code>"


def _operations(api: Api) -> Iterator[str]:
    for one in api.operations:
        says = (one.handler.fn.__doc__ or "").strip().splitlines()[0]
        for address in sorted(one.handler.paths):
            full = f"{api.policy.path}{address}".replace(":str}", "}").rstrip("/")
            yield (
                f"<tr><td>{', '.join(sorted(one.handler.http_methods))}<td><code>{escape(full)}"
                f"</code><td>{escape(says)} <code>{escape(one.name)}</code>"
                f"<td><code>{escape(one.operation.scope)}</code></tr>"
            )


def _usage(shown: Shown) -> str:
    """Return who called in the last days, nothing when that is not shown."""
    if shown.usage is None:
        return ""
    if not shown.usage:
        return f"<p>Nobody has called it in the last {DAYS} days.</p>"
    rows = (
        f"<tr><td>{escape(each.consumer)}<td>{escape(each.operation)}<td>{escape(each.field)}"
        f"<td>{each.calls}<td>{each.last_day}</tr>"
        for each in shown.usage
    )
    heads = ("Consumer", "Operation", "Field", f"Calls in {DAYS} days", "Last")
    return _table(heads, rows)


def _table(heads: Sequence[str], rows: Iterable[str]) -> str:
    return f"<table><tr><th>{'<th>'.join(heads)}</tr>{''.join(rows)}</table>"
