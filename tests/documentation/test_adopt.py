"""The tour of putting Strata beside a firm: what it says to type works, as it says."""

import pytest

from tests.documentation.conftest import Reader
from tests.documentation.pages import ROOT, Block, blocks, like_block

pytestmark = pytest.mark.xdist_group("adopt")
PAGE = ROOT / "docs" / "adopt-a-firm.md"
NEXT = "=== next snippet ==="
SET_UP = """
FINANCE=$(.venv/bin/strata token --as finance)
until curl -sS http://127.0.0.1:8000/experience/delivery/v1/projects/P-1001 \\
  -H "Authorization: Bearer $FINANCE" | grep -q '"active"'; do sleep 0.3; done
"""


def test_the_page_works_as_it_is_printed(reader: Reader) -> None:
    """Every marked snippet succeeds, in order and in one shell, with the printed answer."""
    found = blocks(PAGE)
    snippets: list[tuple[Block, Block | None]] = [
        (each, after if after and "answer" in after.marks else None)
        for each, after in zip(found, [*found[1:], None], strict=True)
        if "run" in each.marks
    ]
    script = reader.here(SET_UP) + f"echo '{NEXT}'\n"
    script += "".join(f"{reader.here(each.text)}\necho '{NEXT}'\n" for each, _ in snippets)

    done = reader.run(script)

    outputs = done.stdout.split(NEXT)[1:-1]
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"
    for (snippet, answer), output in zip(snippets, outputs, strict=True):
        if answer is not None:
            assert like_block(answer, output), f"{snippet.text}\nanswered {output}"
