"""Every place where something is written down, and the spellings in which a secret could be."""

import sqlite3
from base64 import b64encode, urlsafe_b64encode
from collections.abc import Iterable
from contextlib import closing
from pathlib import Path
from urllib.parse import quote

from tests.gateway.house import Answer, House


def written(house: House, path: Path, answers: Iterable[Answer]) -> dict[str, bytes]:
    """Return all that was written down or answered, by the place where it is."""
    house.governance.logs.flush()
    spans = "\n".join(span.to_json() for span in house.spans.get_finished_spans())
    told = (repr(sorted(each.headers.items())).encode() + each.body for each in answers)
    with closing(sqlite3.connect(path / "strata.db")) as store:
        rows = "\n".join(store.iterdump())
    return {
        "log": house.log.getvalue(),
        "spans": spans.encode(),
        "metrics": house.governance.metrics.render(),
        "audit": repr(house.trail.entries).encode(),
        "answers": b"\n".join(told),
        "database": rows.encode(),
    }


def spelled(secret: str) -> set[bytes]:
    """Return a secret as it is, encoded, and in halves."""
    raw = secret.encode()
    half = len(raw) // 2
    return {
        raw,
        raw[:half],
        raw[half:],
        b64encode(raw).rstrip(b"=")[:-1],
        urlsafe_b64encode(raw).rstrip(b"=")[:-1],
        quote(secret, safe="").encode(),
        raw.hex().encode(),
    }


def found(secrets: dict[str, str], places: dict[str, bytes]) -> list[str]:
    """Return which secret is in which place."""
    return [
        f"{name} in {place}"
        for name, secret in secrets.items()
        for place, text in places.items()
        if any(spelling in text for spelling in spelled(secret))
    ]
