"""Governance over HTTP, as far as it is about access that is taken away."""

from litestar import delete, get, put
from litestar.di import NamedDependency
from litestar.exceptions import NotFoundException
from litestar.params import FromPath, FromQuery, JSONBody
from msgspec import Struct

from governance.audit import Reason
from governance.pages import place_at
from governance.withdrawals import (
    NoSuchWithdrawal,
    Taken,
    Withdrawal,
    WithdrawalPlace,
    Withdrawals,
)


class WithdrawalList(Struct, frozen=True):
    """Every withdrawal that holds now."""

    items: list[Withdrawal]
    next_cursor: str | None = None


class GivenBack(Struct, frozen=True, forbid_unknown_fields=True):
    """Why access is given back."""

    reason: Reason


@get("/access/withdrawals", opt={"operation": "read_withdrawals"})
async def read_withdrawals(
    withdrawals: NamedDependency[Withdrawals], cursor: FromQuery[str | None] = None
) -> WithdrawalList:
    """Return what was taken away from whom, and not given back, a page at a time."""
    return WithdrawalList(*withdrawals.page(after=place_at(cursor, WithdrawalPlace)))


@put("/access/withdrawals", opt={"operation": "withdraw_access"})
async def withdraw_access(
    withdrawals: NamedDependency[Withdrawals], data: JSONBody[Taken]
) -> Withdrawal:
    """Take a person's, a client's or an issuer's access away, whole or in part."""
    return await withdrawals.withdraw(data)


@delete("/access/withdrawals/{withdrawal_id:str}", status_code=200, opt={"operation": "give_back"})
async def give_back(
    withdrawals: NamedDependency[Withdrawals],
    withdrawal_id: FromPath[str],
    data: JSONBody[GivenBack],
) -> Withdrawal:
    """Give back what was taken away."""
    try:
        return await withdrawals.give_back(withdrawal_id, data.reason)
    except NoSuchWithdrawal:
        raise NotFoundException from None


handlers = [read_withdrawals, withdraw_access, give_back]
