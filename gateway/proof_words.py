"""What the fields of verdicts and explanations mean, by their names."""

from collections.abc import Mapping

PROOF: Mapping[str, str] = {
    "breaks": "Where it does not hold.",
    "holds": "Whether it holds.",
    "invariant": "What is looked at.",
    "look_at": "Where to look next.",
    "looked_at": "How much was looked at.",
    "verdicts": "What was found of each.",
    "what": "What they are.",
    "words": "What it says, in words.",
}
