"""The runbooks: what each alert says, where to look, and what to do; a page in Markdown."""

from collections.abc import Iterable

from msgspec import Struct

from gateway.objectives.rules import Alert

_ANSWER = (
    "`GET /experience/operations/v1/incidents` (the dashboard *Strata on call* shows the same)"
)
_HEAD = """# Runbooks

Written by `strata objectives rules --out docs/objectives`; one for each alert. What they begin
with is for everybody; what your firm does beside it belongs into your own copy.
"""


class Steps(Struct, frozen=True):
    """What somebody who is called does: what it means, where they look, what they do."""

    means: str
    look: str
    act: str


RUNBOOKS = {
    "StrataSystemFailing": Steps(
        "One of the firm's systems does not answer our calls, turns us away, or answers what"
        " makes no sense, too often. What needs it waits; nothing is"
        " lost, and nobody has to key anything in.",
        f"{_ANSWER}: which operations fail since when and how, for whom, how much money waits,"
        " the breaker, what is left of its quota, and traces as examples.",
        'Tell the system\'s owner; if it turns us away (`outcome="turned_away"`), put our'
        " credentials right; if its answers are `malformed`, it may have a new version. Once it"
        " answers again, what is under `retrying` goes on by itself within five minutes; what is"
        " under `stranded` is set going by"
        " `POST /experience/operations/v1/systems/{system}/replay`. Repeating that does nothing"
        " twice. Until then pause nothing: the breaker spares the system.",
    ),
    "StrataQuotaRunsOut": Steps(
        "A system's own quota of calls is used up within the hour, if it is used as in the last"
        " half hour. Dashboards are refused first, then feeds, then processes; billing goes on"
        " until nothing is left.",
        "`GET /governance/v1/budgets`: what is left by lane, `runs_out_at` and `resets_at`;"
        " `GET /governance/v1/usage` says who calls most, `strata_upstream_retries_total` what"
        " our own retries ask for.",
        "If one consumer asks for more than it needs, lower its rate plan. If others than us use"
        " it up (`told_by_system`), ask them. Else buy more of the system's owner, or let"
        " dashboards wait until it begins anew.",
    ),
    "StrataApiErrors": Steps(
        "Too many requests of one API end in a 5xx.",
        "The log's lines with that route and status, their traces, and whether a system fails at"
        f" the same time: {_ANSWER}.",
        "If a system fails, follow its runbook. If none does, the newest change is the first"
        " suspect: take it back.",
    ),
    "StrataApiSlow": Steps(
        "Too many answers of one API come later than it promises.",
        "`strata_layer_duration_seconds` by operation, and `strata_upstream_duration_seconds` by"
        " system, in the same while.",
        "If one system is slow, tell its owner; if our own part is, look at the machine's load,"
        " and at who calls most (`GET /governance/v1/usage`).",
    ),
    "StrataSetUpsSlow": Steps(
        "The machine's part of setting projects up takes too long.",
        f"{_ANSWER}, and the exception queue (`GET /process/exceptions/v1`).",
        "Resolve what stands in the queue; see which system the runs wait for.",
    ),
    "StrataApprovalsSlow": Steps(
        "People answer what they are asked too late.",
        "`GET /experience/executive/v1` says who takes how long, to whom may see it.",
        "Ask the roles that are behind to name who stands in.",
    ),
    "StrataBillingHeldBack": Steps(
        "Too much of what falls due to be billed is blocked.",
        "`GET /experience/finance/v1/readiness` names each blocker, its owner and the remedy.",
        "Tell the owners; finance decides what may pass.",
    ),
    "StrataInvoicesLate": Steps(
        "Too much of what fell due is not billed in time.",
        "`GET /experience/finance/v1/readiness`, and the approvals that wait.",
        "As above; then see whether an ERP keeps postings waiting.",
    ),
    "StrataStale": Steps(
        "Changes in a system are not followed any more, or not fast enough.",
        f"`strata_event_oldest_unprocessed_seconds` by source, and {_ANSWER}.",
        "If the system answers, see whether the round is still gone (StrataWorkerSilent).",
    ),
    "StrataDown": Steps(
        "Prometheus gets no answer, or is refused: the gateway is down, or its token has ended.",
        "`/health` and `/ready`, with the reasons; `strata doctor` on its machine.",
        "Start it again: what was under way goes on at the step that it was at.",
    ),
    "StrataWorkerSilent": Steps(
        "The program does not look after something any more that it should by itself.",
        "`/ready` names the round; the log says why it ended.",
        "Start the gateway again. If it ends again, open the newest change.",
    ),
}


def runbooks(alerts: Iterable[Alert]) -> str:
    """Return the page, with what each alert asks Prometheus."""
    asked: dict[str, list[str]] = {}
    for each in alerts:
        pace = f" ({each.labels['pace']})" if "pace" in each.labels else ""
        asked.setdefault(each.alert, []).append(f"# {each.labels['severity']}{pace}\n{each.expr}")
    parts = [_HEAD, *(_part(name, exprs) for name, exprs in asked.items())]
    return "\n".join(parts)


def _part(name: str, exprs: list[str]) -> str:
    steps = RUNBOOKS[name]
    return (
        f"## {name}\n\n"
        f"**What it says.** {steps.means}\n\n"
        f"**Where to look.** {steps.look}\n\n"
        f"**What to do.** {steps.act}\n\n"
        "```promql\n" + "\n".join(exprs) + "\n```\n"
    )
