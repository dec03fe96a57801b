"""The page on what must hold, and why a number is what it is, says what the program does."""

from pathlib import Path

from click.testing import CliRunner

from experience_apis.executive.reasons import FigureName
from gateway.cli import main
from process_apis.verification.table import INVARIANTS
from tests.documentation.pages import ROOT, blocks

PAGE = ROOT / "docs/verify-and-why.md"


def test_the_page_lists_everything_that_must_hold_in_its_words() -> None:
    """Each invariant is a row of the page, as the program tells it."""
    rows = [line for line in PAGE.read_text().splitlines() if line.startswith("| I")]

    assert rows[1:] == [f"| {each.id} | {each.name} | {each.words} |" for each in INVARIANTS]


def test_every_command_of_the_page_is_one_that_the_program_takes(tmp_path: Path) -> None:
    """Without a gateway each says so and exits with 2; a wrong word would be told otherwise."""
    commands = [line for each in blocks(PAGE) for line in each.text.splitlines()]
    for command in commands:
        program, *words = command.split()
        said = CliRunner().invoke(main, words, env={"STRATA_DATA_DIR": str(tmp_path)})

        assert program == ".venv/bin/strata"
        assert said.exit_code == 2, said.output
        assert "Usage:" not in said.output, said.output
    assert len(commands) >= 7
    assert f"why kpi {FigureName.UTILIZATION} " in " ".join(commands)
