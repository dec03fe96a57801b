"""Any firm of the same two files plays through: every figure is as reckoned from its facts."""

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from gateway.demo.comparison import Comparison
from tests.firms.crowded import crowded_april
from tests.firms.demo import demo
from tests.firms.drafting import FirmDraft
from tests.firms.expecting import expected
from tests.firms.invented import leap_month, one_project, plain_december
from tests.firms.seeded import Seeded
from tests.firms.widened import Widened
from tests.forked import ROOT
from tests.proof.seeds import from_each_seed


def test_the_reckoning_comes_to_what_northwind_is_known_to_have() -> None:
    """The figures of the other firms are worked out as Northwind's known ones are."""
    northwind = ROOT / "northwind"
    facts = json.loads((northwind / "fixture.json").read_text())
    known = json.loads((northwind / "expected.json").read_text())

    found = Comparison(expected(facts), known)

    assert found.differences == []
    assert not {"invoices", "credit_notes", "projects", "readiness", "group"} & set(
        found.not_computed
    )


@pytest.mark.parametrize(
    "make", [pytest.param(leap_month, marks=pytest.mark.soak), plain_december, crowded_april]
)
async def test_another_firm_plays_through(tmp_path: Path, make: Callable[[], FirmDraft]) -> None:
    """Its currencies, rounding, month, people and numbers are its own, and nothing differs."""
    await _plays(tmp_path, make())


@from_each_seed
async def test_every_stream_of_a_made_up_firm_plays_through(tmp_path: Path, seed: int) -> None:
    """What is spent abroad, bought, changed, credited and taken over is computed as reckoned."""
    made = Widened(seed)
    await _plays(tmp_path, made.small() if seed == 1 else made.made())


@pytest.mark.soak
@pytest.mark.parametrize("seed", range(1, 9))
async def test_a_made_up_firm_plays_through(tmp_path: Path, seed: int) -> None:
    """Whatever a seed comes to is computed to the last digit."""
    await _plays(tmp_path, Seeded(seed).made())


async def _plays(tmp_path: Path, firm: FirmDraft) -> None:
    figures = firm.write(tmp_path / "firm")
    code, out, err = await demo(tmp_path / "data", "--json", "--firm", str(tmp_path / "firm"))
    computed = json.loads(out)

    assert code == 0, err
    assert "Traceback" not in err
    assert set(computed) == {*figures, "not_computed"}
    assert computed["not_computed"] == []


async def test_every_wrong_figure_is_named_by_its_place(tmp_path: Path) -> None:
    """A cent, a line, an invoice that is not there, a blocker, a credit; and nothing else."""
    one_project().write(tmp_path / "firm")
    file = tmp_path / "firm" / "expected.json"
    figures = json.loads(file.read_text())
    [invoice] = figures["invoices"]
    invoice["gross"] = "1.01"
    invoice["lines"][0]["quantity"] = "9.00"
    figures["invoices"].append(invoice | {"project": "ONE-2"})
    figures["readiness"]["blockers"]["ONE-1"] = [{"code": "B08", "reason": "NONE"}]
    figures["projects"]["ONE-1"]["leakage"]["service_credit"] = "5.00"
    figures["credit_notes"] = [invoice | {"kind": "credit_note"}]
    figures["rounding"]["net"] = "104.99"
    file.write_text(json.dumps(figures))

    code, out, err = await demo(tmp_path / "data", "--json", "--firm", str(tmp_path / "firm"))

    assert code == 1
    assert json.loads(out)["rounding"]["net"] == "105.00"
    assert sorted(re.findall(r"^Differs ([^:]+):", err, re.MULTILINE)) == [
        "invoices.ONE-1.gross",
        "invoices.ONE-1.lines[0].quantity",
        "invoices.ONE-2",
        "projects.ONE-1.leakage.service_credit",
        "readiness.blockers.ONE-1",
        "rounding.net",
    ]
    assert "credit_notes" in json.loads(out)["not_computed"]
