"""One thing that a milestone's change brings with it, put in words. Pure."""

from process_apis.change_requests.consequences.facts import MilestoneFacts
from process_apis.change_requests.records import Action, Consequence, Domain
from system_apis.canonical.money import Money


def told(
    facts: MilestoneFacts,
    domain: Domain,
    code: str,
    effect: str,
    *approvers: str,
    action: Action | None = None,
    subject: str | None = None,
    amount: Money | None = None,
) -> Consequence:
    """Return a consequence for the milestone, unless another subject is named.

    Where somebody must approve it, it waits for that; else it is only told.
    """
    action = action or (Action.APPROVAL if approvers else Action.TOLD)
    return Consequence(
        domain=domain,
        code=code,
        effect=effect,
        action=action,
        approvers=approvers,
        reversible=action is not Action.BLOCKED,
        subject=subject or facts.milestone.number,
        amount=amount,
    )
