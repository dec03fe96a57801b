"""What spans tell of people, clients and money, wherever in them it stands."""

import json
import re
from collections.abc import Iterator
from pathlib import Path

from tests.stories.collector import Collector

SHAPES = {
    "a mail address": r"[\w.+-]+@[\w-]+\.\w+",
    "a token": r"eyJ[\w-]{8,}|[Bb]earer ",
    "a bank account": r"\b[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){3,7}(?: ?[A-Z0-9]{1,3})?\b",
    "an amount": r"(?<![\d.])\d+\.\d{2}(?![\d.])",
}

# Drawn at random, and told in an alphabet in which anything can come up.
IDS = re.compile(r'"\w*(?:trace|span|Span)Id": "[^"]*"')


def watched_by(collector: Collector) -> dict[str, str]:
    """Return the settings of a program that sends all its spans to a collector."""
    return {
        "STRATA_TRACING__OTLP_ENDPOINT": collector.address,
        "STRATA_TRACING__SAMPLE_RATIO": "1.0",
    }


def told_of(firm: Path, collector: Collector) -> set[str]:
    """Return what the spans tell of a firm that they should not: its words, and their shapes."""
    text = IDS.sub("", "\n".join(collector.texts))
    words = {each for each in _words(firm) if re.search(rf"(?<!\w){re.escape(each)}(?!\w)", text)}
    shapes = {
        f"{what}: {each[0]}" for what, shape in SHAPES.items() for each in re.finditer(shape, text)
    }
    return words | shapes


def _words(firm: Path) -> Iterator[str]:
    """Yield the names of people and organizations, their tax ids and their mail addresses."""
    facts = json.loads((firm / "fixture.json").read_text())
    for kind in ("people", "employees"):
        for each in facts[kind]:
            yield from (each["name"], each["name"].rpartition(" ")[2])
    records = [*facts["clients"], *facts["client_records"], *facts["entities"]]
    for each in [*records, facts["procurement"]["vendor"]]:
        yield from (value for key in ("name", "tax_id", "email") if (value := each.get(key)))
