"""The streams of the audit: what kind of thing an entry tells, which says where it is chained."""

from enum import StrEnum


class Stream(StrEnum):
    """What is told in a stream; each has a chain and a signed head of its own."""

    REQUESTS = "requests"
    """Changes that were asked of the gateway, who logged in, and whatever it refused."""
    DECISIONS = "decisions"
    """What was put to a person, or to a rule in a person's place, and how it was decided."""
    EFFECTS = "effects"
    """What was written into the firm's systems."""
    RECORDS = "records"
    """What changed in our own books."""
    CONFIGURATION = "configuration"
    """The clock, keys, settings, clients and their access, and what the APIs declare."""
    SENSITIVE_READS = "sensitive_reads"
    """Who was shown costs, bank accounts, documents or the audit itself."""


_BY_FIRST_WORD = {
    **dict.fromkeys(
        ("approval", "client_match", "exception", "finding", "quality"), Stream.DECISIONS
    ),
    **dict.fromkeys(
        ("crm", "contracts", "psa", "erp", "hr", "messaging", "procurement"),
        Stream.EFFECTS,
    ),
    **dict.fromkeys(
        (
            "access",
            "audit",
            "backup",
            "clients",
            "clock",
            "firm",
            "keys",
            "lifecycle",
            "policy",
            "settings",
        ),
        Stream.CONFIGURATION,
    ),
    **dict.fromkeys(("hint", "login", "token"), Stream.REQUESTS),
    "read": Stream.SENSITIVE_READS,
}


def stream_of(action: str) -> Stream:
    """Return the stream of an action, for good: what is older than the streams is verified by it.

    An action of the gateway begins with an address, any other with the word for what it is about.
    """
    if action.startswith("/"):
        return Stream.REQUESTS
    return _BY_FIRST_WORD.get(action.partition(".")[0], Stream.RECORDS)
