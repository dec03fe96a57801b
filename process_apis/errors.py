"""What can go wrong with a caller's wish, as every process API says it."""


class NoSuchRecord(LookupError):
    """There is no such record that the caller may see."""


class Conflict(Exception):
    """The record is not in the state, or not in the version, that the wish supposes."""
