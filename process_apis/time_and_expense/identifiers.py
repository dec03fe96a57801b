"""Ids of what is handed in: the same number of the same kind has the same id."""

import hashlib

from process_apis.time_and_expense.records import EntryWish, Wish


def row_id(wish: Wish) -> str:
    """Return the id of hours or of an expense; its versions are told apart by number."""
    if isinstance(wish, EntryWish):
        return id_of_hours(wish.number)
    return _id("hi", f"expense|{wish.number}")


def id_of_hours(number: str) -> str:
    """Return the id of hours, by the number of their first version."""
    return _id("hi", f"hours|{number}")


def delegation_id(told: str) -> str:
    """Return the id of a delegation; the same one told again is the same."""
    return _id("dl", told)


def pay_run_id(legal_entity: str, period: str, run: int) -> str:
    """Return the id of a company's pay run of a month."""
    return _id("pay", f"{legal_entity}|{period}|{run}")


def _id(prefix: str, text: str) -> str:
    letters = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
    number = int.from_bytes(hashlib.sha256(text.encode()).digest()[:16])
    return f"{prefix}_" + "".join(letters[(number >> (5 * place)) & 31] for place in range(26))
