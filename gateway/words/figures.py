"""What the fields of revenue, of the firm's results and of closed months mean, by their names."""

from collections.abc import Mapping

FIGURES: Mapping[str, str] = {
    "amounts": "What they come to, currency by currency.",
    "backlog": "What is signed and not earned yet.",
    "backlog_at_closing": "What is signed and not earned yet, at the closing rates.",
    "booked_at": "When it was booked.",
    "booked_by": "Who had it booked.",
    "changed_by": "Who changed it last.",
    "costs": "What it cost, and what that leaves.",
    "count": "How many there are.",
    "despite": "Why it is closed although something waits.",
    "fee_revenue": "The revenue without the expenses that the client pays.",
    "functional": "The amount in the company's own currency.",
    "leakage_rate": "What was lost, as a share of what could have been earned.",
    "loss_provision": "What is provided for a loss that is still to come.",
    "margin_pct": "The margin as a share of the revenue.",
    "planned_margin": "The margin that the whole contract is planned to leave at its estimate.",
    "rate_date": "The day whose rate it is.",
    "rate_type": "Which kind of rate it is.",
    "realization": "The fee revenue as a share of the list value.",
    "revenue_if_output_method": "What accepted milestones would have earned in the month.",
    "subjects": "Which ones they are.",
    "total_cost": "Hours and expenses together.",
    "waiting": "What is not settled yet, kind by kind.",
}
