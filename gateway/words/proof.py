"""What the fields of verdicts and explanations mean, by their names."""

from collections.abc import Mapping

PROOF: Mapping[str, str] = {
    "adds": "Whether it is a part that adds up to what it is under.",
    "billed_before": "What the cap counted of what was billed before.",
    "breaks": "Where it does not hold.",
    "holds": "Whether it holds.",
    "invariant": "What is looked at.",
    "legal_entities": "The companies that were looked at, by their codes.",
    "look_at": "Where to look next.",
    "looked_at": "How much was looked at.",
    "contract_version": "The version of the contract that was read.",
    "facts": "What is known of it.",
    "grounds": "What it was drafted by.",
    "nodes": "The numbers and reasons, each after what it is under.",
    "part_of": "The number of what it is under.",
    "electronic_version": "The version of the terms of electronic invoices that held.",
    "policy_version": "The version of the approval policy that held.",
    "read_at": "When it was read.",
    "value": "What it is.",
    "verdicts": "What was found of each.",
    "what": "What they are.",
    "whole": "Whether it is of all the firm's companies.",
    "words": "What it says, in words.",
}
