"""The work itself: six trivial steps, the same functions on either side."""

STEPS = 6


async def check_client(number: int) -> int:
    """Return the next number."""
    return number + 1


async def check_contract(number: int) -> int:
    """Return the next number."""
    return number + 1


async def draft_project(number: int) -> int:
    """Return the next number."""
    return number + 1


async def create_project(number: int) -> int:
    """Return the next number."""
    return number + 1


async def create_budget(number: int) -> int:
    """Return the next number."""
    return number + 1


async def activate_project(number: int) -> int:
    """Return the next number."""
    return number + 1


SIX = [
    check_client,
    check_contract,
    draft_project,
    create_project,
    create_budget,
    activate_project,
]
