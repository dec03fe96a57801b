"""What the fields of verdicts and explanations mean, by their names."""

from collections.abc import Mapping

PROOF: Mapping[str, str] = {
    "adds": "Whether it is a part that adds up to what it is under.",
    "breaks": "Where it does not hold.",
    "holds": "Whether it holds.",
    "invariant": "What is looked at.",
    "look_at": "Where to look next.",
    "looked_at": "How much was looked at.",
    "facts": "What is known of it.",
    "grounds": "What it was drafted by.",
    "nodes": "The numbers and reasons, each after what it is under.",
    "part_of": "The number of what it is under.",
    "verdicts": "What was found of each.",
    "what": "What they are.",
    "words": "What it says, in words.",
}
