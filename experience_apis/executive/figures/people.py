"""The people that a figure is about, and when it says too much of too few of them."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from decimal import Decimal

from msgspec import Meta, Struct

from system_apis.canonical.people import EmploymentType

PERSONAL = "experience:executive:read_personal"
FEWEST = "5"
# A figure about fewer than five people is a personal one, and so is one that leaves out fewer
# than five of those whom a figure beside it is about: the difference would be theirs.
OF_MANY = Meta(extra={"scope": PERSONAL, "total_of": "tells_of", "fewest": FEWEST})
OF_ONE = Meta(extra={"scope": PERSONAL})


class Capacity(Struct, frozen=True, kw_only=True):
    """A person, and the hours that they could work on the days of a window so far.

    `weeks` are the Mondays of the weeks in which they could work at all.
    """

    id: str
    number: str
    legal_entity: str
    business_unit: str | None
    employment: EmploymentType
    target: Decimal | None
    available: Decimal
    weeks: tuple[str, ...] = ()

    @property
    def is_own(self) -> bool:
        """Whether the person is the firm's own, and no contractor."""
        return self.employment is EmploymentType.EMPLOYEE


def tells_of(people: int, all_people: int) -> int:
    """Return of how few people a figure tells: of its own, or of those whom it leaves out."""
    left_out = all_people - people
    return min(people, left_out) if left_out else people


def by(
    people: Iterable[Capacity], key: Callable[[Capacity], str | None]
) -> Mapping[str, Sequence[Capacity]]:
    """Return people by what they belong to; who belongs to nothing is in none."""
    found: dict[str, list[Capacity]] = {}
    for each in people:
        place = key(each)
        if place is not None:
            found.setdefault(place, []).append(each)
    return dict(sorted(found.items()))


def fewest_of(groups: Mapping[str, Sequence[Capacity]], whole: int) -> Mapping[str, int]:
    """Return of how few people the figure of each group tells, as all are shown side by side.

    `whole` is how many people the figure above them is about. Small groups are hidden, and hide
    each other; where they are too few for that, what is shown beside them would tell of them.
    """
    sizes = {name: len(people) for name, people in groups.items()}
    small = sum(size for size in sizes.values() if size < int(FEWEST))
    hidden = small + whole - sum(sizes.values())
    bound = hidden if hidden else whole
    return {name: min(size, bound) for name, size in sizes.items()}
