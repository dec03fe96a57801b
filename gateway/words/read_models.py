"""What the fields of read models mean, by their names."""

from collections.abc import Mapping

READ_MODELS: Mapping[str, str] = {
    "age_seconds": "How long ago its feed was read to its end.",
    "answers": "Whether it is asked instead of its system.",
    "asked_at": "When it was asked for.",
    "built": "How many records are built of a new one so far.",
    "built_at": "When the building of it began.",
    "completeness": "The share of the known records that were read as they were told.",
    "differed": "How many records its last building knew otherwise than it did.",
    "from_model": "Whether a read model was asked, and not the system.",
    "in_doubt": "How many records could not be read as they were told.",
    "is_building": "Whether a new one is being built, or is to be.",
    "listed": "How many records its system listed at its last building.",
    "model": "What it holds.",
    "read_from": "Where records were read, how fresh and how complete.",
    "read_up_at": "When the feed was read to its end.",
    "records": "How many records it holds.",
    "request": "A name for the request, of whoever asks.",
    "system": "The system, by its name.",
}
