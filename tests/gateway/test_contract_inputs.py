"""What a caller may leave out or send at most is promised too, and a snapshot must make sense."""

from datetime import date
from pathlib import Path
from typing import Annotated

import msgspec
import pytest
from litestar import post
from litestar.params import JSONBody, QueryParameter
from msgspec import Struct

from gateway.published.contract_changes import ContractChange, compare
from gateway.published.contracts import (
    Contracts,
    Query,
    Schema,
    contracts_of,
    read_contracts,
    written,
)
from gateway.published.schema_changes import ChangeKind
from governance.policy import Operation, TenantRule
from tests.gateway.orders import orders_api
from tests.gateway.test_commands import strata

TODAY = date(2026, 11, 29)
OPERATION = Operation("system:orders:write", TenantRule.BY_FILTER, writes=True)


class Named(Struct, frozen=True, forbid_unknown_fields=True):
    """A draft that names its currency."""

    number: str
    currency: str = "USD"


class Elsewhere(Struct, frozen=True, forbid_unknown_fields=True):
    """The same draft, whose currency is another one when nobody names it."""

    number: str
    currency: str = "EUR"


def taking(kind: type[Struct], most: int = 400) -> Contracts:
    """Return the contracts of an API that takes a draft for so many days at most."""

    @post("/x", opt={"operation": "draft"})
    async def draft(
        data: JSONBody[Named], days: Annotated[int, QueryParameter(ge=1, le=most)] = 30
    ) -> None:
        """Take a draft."""

    draft.fn.__annotations__ |= {
        "data": kind,
        "days": Annotated[int, QueryParameter(ge=1, le=most)],
    }
    return contracts_of([orders_api(handlers=[draft], operations={"draft": OPERATION})])


def breaks(old: Contracts, new: Contracts) -> list[tuple[str, ChangeKind]]:
    """Return what breaks, after the old contracts were written and read again."""
    found = compare(read_contracts(written(old)), new, on=TODAY)
    return [(each.pointer, each.kind) for each in found if each.breaks]


def test_a_field_that_is_left_out_may_not_mean_something_else() -> None:
    """Whoever never named the currency sends another one from one day to the next."""
    old, new = taking(Named), taking(Elsewhere)

    assert breaks(old, new) == [("/body/currency", ChangeKind.DEFAULT_CHANGED)]
    assert breaks(old, taking(Named)) == []


def test_a_parameter_of_a_query_may_not_take_less() -> None:
    """Its bounds are written down; wider ones break nobody."""
    year, month = taking(Named, most=400), taking(Named, most=31)

    assert breaks(year, month) == [("/query/days", ChangeKind.INPUT_NARROWED)]
    assert breaks(month, year) == []


def test_a_release_that_wrote_no_bounds_promised_none_that_could_be_narrowed() -> None:
    """They were there, and nobody wrote them down yet: that they are written now breaks nobody."""
    unwritten = taking(Named)
    query = unwritten.apis["/system/orders/v1"].operations["draft"].query
    query["days"] = Query(Schema(type="integer"), default=30)

    assert breaks(unwritten, taking(Named)) == []


def of_types(answer: Schema, **types: Schema) -> bytes:
    """Return a written snapshot of an answer and the types that there are."""
    [(path, contract)] = taking(Named).apis.items()
    [(name, operation)] = contract.operations.items()
    changed = msgspec.structs.replace(operation, answer=answer)
    contract = msgspec.structs.replace(
        contract, operations={name: changed}, types=contract.types | types
    )
    return written(Contracts({path: contract}))


@pytest.mark.parametrize(
    ("types", "said"),
    [
        ({}, "refers to the type Thing, which it lacks"),
        ({"Thing": Schema(ref="Thing")}, "Thing is only another name of Thing"),
        ({"Thing": Schema(any_of=(Schema(ref="Gone"),))}, "the type Gone, which it lacks"),
    ],
    ids=["that is not there", "that is its own name", "whose parts are not there"],
)
async def test_a_snapshot_that_refers_to_a_type_it_lacks_is_refused_in_words(
    tmp_path: Path, types: dict[str, Schema], said: str
) -> None:
    """A file that somebody edited is an error that names the type, and nothing is compared."""
    file = tmp_path / "edited.json"
    file.write_bytes(of_types(Schema(ref="Thing"), **types))

    code, out, err = await strata(tmp_path / "data", "catalog", "diff", "--against", str(file))

    assert (code, out) == (2, "")
    assert err.startswith(f"Error: {file}: /system/orders/v1")
    assert said in err
    assert "Traceback" not in err


def test_what_is_written_is_read_with_all_its_defaults() -> None:
    """Nothing that the comparison needs is lost in the file."""
    found: list[ContractChange] = compare(
        read_contracts(written(taking(Named))), taking(Named), on=TODAY
    )

    assert found == []
