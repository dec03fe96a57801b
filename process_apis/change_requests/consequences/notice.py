"""What a client is told of a change: a draft, which a person reads and sends. Pure decisions."""

from process_apis.change_requests.records import ChangePlan, MilestonePlan


def of_milestone(plan: MilestonePlan) -> str:
    """Return the draft of what is told of a milestone that moves."""
    figures = plan.figures
    return (
        f"Milestone {plan.milestone} of {plan.contract_number} is planned for"
        f" {figures.date_after}, and no longer for {figures.date_before}. Its invoice of"
        f" {figures.gross} will be issued then, and be due on {figures.due_after}."
    )


def of_change(plan: ChangePlan) -> str:
    """Return the draft of what is told of a change that is applied."""
    figures = plan.figures
    price = f" Its price is {figures.price_after}." if figures.price_after else ""
    cap = f" Its cap is {figures.cap_after}." if figures.cap_after else ""
    return (
        f"{plan.change_request_number} is part of {plan.contract_number} from now on.{price}{cap}"
    )
