"""Whether two records are one client. Pure decisions.

An equal tax id, DUNS or LEI links two records by itself. A name never does: a true pair may
score lower than two firms that have nothing to do with each other (domain handbook, 0.7).
"""

from collections.abc import Iterator, Sequence
from decimal import Decimal
from enum import StrEnum
from itertools import combinations

from msgspec import Struct
from rapidfuzz import fuzz

from system_apis.canonical.party import Client

_LEGAL_FORMS = frozenset(
    {"ab", "ag", "as", "bv", "co", "company", "corp", "corporation", "gmbh", "inc", "kg", "kk"}
    | {"limited", "llc", "llp", "ltd", "nv", "oy", "plc", "pty", "sa", "sarl", "sas", "se"}
    | {"spa", "srl", "wll"}
)
EQUAL_TAX_ID = "equal tax id"
_TENTH = Decimal("0.1")


class Verdict(StrEnum):
    """What is known of two records: one client, two clients, or a question for a steward."""

    LINK = "link"
    STEWARD = "steward"
    DIFFERENT = "different"


class MatchTerms(Struct, frozen=True):
    """From which score of 100 on two names are worth a steward's look [P]."""

    alike_from: Decimal = Decimal(85)
    version: int = 1


class ClientMatch(Struct, frozen=True, kw_only=True):
    """What two records say of each other; `score` is how alike their names are, of 100."""

    left: Client
    right: Client
    verdict: Verdict
    score: Decimal
    reason: str


def matches(clients: Sequence[Client], terms: MatchTerms) -> list[ClientMatch]:
    """Return every pair of records that have something in common."""
    order = {each.source: number for number, each in enumerate(clients)}
    pairs = {
        (left.source, right.source): (left, right)
        for block in _blocks(clients)
        for left, right in combinations(sorted(block, key=lambda one: order[one.source]), 2)
    }
    found = (compare(left, right, terms) for left, right in pairs.values())
    return [each for each in found if each is not None]


def compare(left: Client, right: Client, terms: MatchTerms) -> ClientMatch | None:
    """Return what two records say of each other, None when they have nothing in common."""
    score = name_score(left.legal_name, right.legal_name)

    def match(verdict: Verdict, reason: str) -> ClientMatch:
        return ClientMatch(left=left, right=right, verdict=verdict, score=score, reason=reason)

    if shared := _shared_number(left, right):
        if left.source.instance == right.source.instance:
            return match(Verdict.STEWARD, f"one {shared} twice in {left.source.instance}")
        return match(Verdict.LINK, f"equal {shared}")
    same_domain = left.domain is not None and left.domain == right.domain
    if not same_domain and score < terms.alike_from:
        return None
    if _told_apart(left, right):
        return match(Verdict.DIFFERENT, "two tax ids of one country")
    return match(Verdict.STEWARD, "equal domain" if same_domain else "alike names")


def name_score(left: str, right: str) -> Decimal:
    """Return how alike two names are, of 100, whatever order and legal form they have."""
    score = fuzz.token_sort_ratio(" ".join(_words(left)), " ".join(_words(right)))
    return Decimal(str(score)).quantize(_TENTH)


def _shared_number(left: Client, right: Client) -> str | None:
    """Return which number that belongs to one firm alone two records share."""
    numbers = (
        ("tax id", left.tax_id, right.tax_id),
        ("DUNS", left.duns, right.duns),
        ("LEI", left.lei, right.lei),
    )
    for name, ours, theirs in numbers:
        if ours and theirs and _plain(ours) == _plain(theirs):
            return name
    return None


def _told_apart(left: Client, right: Client) -> bool:
    """Whether two tax ids of one country say that these are two firms."""
    if not left.tax_id or not right.tax_id:
        return False
    return left.country == right.country


def _blocks(clients: Sequence[Client]) -> Iterator[list[Client]]:
    """Yield the records that share a number, a domain or a word of their name."""
    blocks: dict[tuple[str, str], list[Client]] = {}
    for each in clients:
        for key in _keys(each):
            blocks.setdefault(key, []).append(each)
    yield from (block for block in blocks.values() if len(block) > 1)


def _keys(client: Client) -> set[tuple[str, str]]:
    told = {
        "tax": client.tax_id,
        "duns": client.duns,
        "lei": client.lei,
        "domain": client.domain,
    }
    numbers = {(name, _plain(value)) for name, value in told.items() if value}
    return numbers | {("word", word) for word in _words(client.legal_name)}


def _words(name: str) -> list[str]:
    """Return the words of a name without its legal form; a name of nothing else stays whole."""
    plain = "".join(each if each.isalnum() else " " for each in name.lower()).split()
    return [each for each in plain if each not in _LEGAL_FORMS] or plain


def _plain(number: str) -> str:
    return "".join(each for each in number.upper() if each.isalnum())
