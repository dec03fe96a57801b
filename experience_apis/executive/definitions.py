"""What each key figure means: its words, its formula, and what it is worked out from.

Source: domain handbook, 4. A figure whose meaning changes gets a new version.
"""

from msgspec import Struct

ALL = ("legal_entity", "business_unit", "project", "client", "period")
OF_PEOPLE = ("legal_entity", "business_unit", "period")


class Definition(Struct, frozen=True, kw_only=True):
    """What a key figure means. `by` is what it can be asked for by."""

    name: str
    version: int
    meaning: str
    formula: str
    unit: str
    inputs: tuple[str, ...]
    by: tuple[str, ...]


GROUP = Definition(
    name="group",
    version=1,
    meaning=(
        "What clients' projects earned and cost in a month, and what is signed and not earned yet,"
        " in the reporting currency. Days that are no whole month have none."
    ),
    formula=(
        "revenue, costs and leakage at the average rates, backlog at the closing rates;"
        " realization = fee revenue / list value of billable hours;"
        " leakage rate = leakage / (fee revenue + leakage)"
    ),
    unit="money",
    inputs=("project",),
    by=ALL,
)
UTILIZATION = Definition(
    name="utilization",
    version=1,
    meaning=(
        "Billable hours worked, of the hours that the firm's own people could work on the days so"
        " far. Hours over a cap or credited later count; contractors do not."
    ),
    formula="approved billable hours / (capacity - holidays - approved leave)",
    unit="share",
    inputs=("time_entry", "employee", "work_calendar", "time_off"),
    by=OF_PEOPLE,
)
FORECAST = Definition(
    name="utilization_forecast",
    version=1,
    meaning=(
        "How near the frozen forecast of billable hours came to what was worked, person by person,"
        " once the days are over. The newest forecast counts that was frozen early enough."
    ),
    formula="1 - sum |forecast - actual| / sum actual; bias (forecast - actual) / actual",
    unit="share",
    inputs=("hours_forecast", "time_entry", "employee"),
    by=OF_PEOPLE,
)
DSO = Definition(
    name="dso",
    version=1,
    meaning=(
        "How many days of gross billing clients still owe at the end of the days. A company's own"
        " is in its own currency. Deposits and unbilled work are left out."
    ),
    formula="open receivables at the closing rate / billings at the average rate x days",
    unit="days",
    inputs=("invoice", "credit_note", "payment"),
    by=ALL,
)
READINESS = Definition(
    name="readiness",
    version=1,
    meaning=(
        "Billing events that could be invoiced when they were first looked at on their planned"
        " date, of all that fell due. Cancelled ones are left out."
    ),
    formula="events ready at their first check / events due",
    unit="share",
    inputs=("billing_event",),
    by=ALL,
)
ON_TIME_INVOICING = Definition(
    name="on_time_invoicing",
    version=1,
    meaning=(
        "Billing events whose invoice was posted by the second business day of their company"
        " after the planned date, of all that fell due and can be told of."
    ),
    formula="events posted by planned date + 2 business days / events due",
    unit="share",
    inputs=("billing_event", "client_invoice"),
    by=ALL,
)
APPROVAL_LATENCY = Definition(
    name="approval_latency_hours",
    version=1,
    meaning=(
        "Hours of the clock from what was asked on these days to its answer, ours and those that"
        " other systems tell of. An open one that is overdue counts against the share in time."
    ),
    formula="median, nearest-rank 90th percentile and mean of decided - requested",
    unit="hours",
    inputs=("approval", "past_approval"),
    by=ALL,
)
COMPLIANCE = Definition(
    name="time_entry_compliance",
    version=1,
    meaning=(
        "Weeks handed in by their time, of those that people owe: each week begun so far in which"
        " a person was with the firm and not away on all its days. What is not handed in yet is"
        " missing, even if it is not due."
    ),
    formula="weeks handed in on time / weeks expected",
    unit="share",
    inputs=("timesheet", "employee", "work_calendar", "time_off"),
    by=OF_PEOPLE,
)
PROJECT_SETUP = Definition(
    name="project_setup",
    version=1,
    meaning=(
        "Hours of the clock from the agreed deal, won and signed, to the active project, of the"
        " projects opened on these days. What is still open has an age, and no part in the median."
    ),
    formula="median and nearest-rank 90th percentile of activated - max(won, signed)",
    unit="hours",
    inputs=("engagement", "approval", "exception"),
    by=ALL,
)
