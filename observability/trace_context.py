"""W3C trace context: what a caller's headers say of its trace, as far as they are well formed."""

import re

from opentelemetry.trace import SpanContext, TraceFlags, TraceState

SAMPLED, UNSAMPLED = TraceFlags(TraceFlags.SAMPLED), TraceFlags(TraceFlags.DEFAULT)
_TRACEPARENT = re.compile(
    r"(?P<version>[0-9a-f]{2})-(?P<trace>[0-9a-f]{32})-(?P<span>[0-9a-f]{16})"
    r"-(?P<flags>[0-9a-f]{2})(?P<more>-.*)?\Z"
)
_MEMBER = re.compile(
    r"([a-z][a-z0-9_*/-]{0,255}|[a-z0-9][a-z0-9_*/-]{0,240}@[a-z][a-z0-9_*/-]{0,13})"
    r"=[ -+\--<>-~]{0,255}[!-+\--<>-~]\Z"
)
# Of what others note along a trace: as much as W3C asks everybody to carry, and nothing more.
_LONGEST_STATE, _MOST_MEMBERS = 512, 32


def parse_traceparent(text: str) -> SpanContext | None:
    """Return the caller's trace context, or None when the header is not a valid one."""
    form = _TRACEPARENT.match(text)
    if form is None or form["version"] == "ff" or (form["version"] == "00" and form["more"]):
        return None
    trace_id, span_id, flags = (int(form[part], 16) for part in ("trace", "span", "flags"))
    found = SpanContext(
        trace_id, span_id, is_remote=True, trace_flags=SAMPLED if flags & 1 else UNSAMPLED
    )
    return found if found.is_valid else None


def parse_tracestate(text: str) -> TraceState | None:
    """Return what others noted along the trace, or None when it is not well formed or too much."""
    if len(text) > _LONGEST_STATE:
        return None
    members = [each.strip(" \t") for each in text.split(",") if each.strip(" \t")]
    if len(members) > _MOST_MEMBERS or not all(_MEMBER.match(each) for each in members):
        return None
    pairs = dict(each.split("=", 1) for each in members)
    return TraceState(list(pairs.items())) if len(pairs) == len(members) else None


def told_of(here: SpanContext) -> str:
    """Return the header that names a place in a trace."""
    return f"00-{here.trace_id:032x}-{here.span_id:016x}-{int(here.trace_flags):02x}"
