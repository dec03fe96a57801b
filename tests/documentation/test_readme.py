"""The README's tour: what it says to type works, and answers as it says."""

import re
import shutil
from urllib.request import urlopen

import pytest

from tests.documentation.conftest import Reader
from tests.documentation.pages import README, Block, blocks, like_block

pytestmark = pytest.mark.xdist_group("readme")
NEXT = "=== next snippet ==="


def tour() -> list[tuple[Block, Block | None]]:
    """Return the snippets that are marked to be run, each with the answer printed below it."""
    found = blocks(README)
    return [
        (each, after if after and "answer" in after.marks else None)
        for each, after in zip(found, [*found[1:], None], strict=True)
        if "run" in each.marks
    ]


def test_the_tour_works_as_it_is_printed(reader: Reader) -> None:
    """Every marked snippet succeeds, in order and in one shell, with the printed answer."""
    missing = [name for name in ("bash", "curl") if shutil.which(name) is None]
    assert not missing, f"install {' and '.join(missing)}: the README's tour is typed in them"
    snippets = tour()
    script = "".join(f"{reader.here(each.text)}\necho\necho '{NEXT}'\n" for each, _ in snippets)

    done = reader.run(script)

    outputs = done.stdout.split(NEXT)[:-1]
    stopped = snippets[len(outputs)][0].text if len(outputs) < len(snippets) else ""
    assert done.returncode == 0, f"{stopped}\n{done.stdout}\n{done.stderr}"
    for (snippet, answer), output in zip(snippets, outputs, strict=True):
        if answer is not None:
            assert like_block(answer, output), f"{snippet.text}\nanswered {output}"


def test_the_tour_has_an_answer_for_each_kind_of_outcome() -> None:
    """The tour shows a record, a problem and a plain text, and nothing printed goes unchecked."""
    found = blocks(README)
    answers = [answer for _, answer in tour() if answer]

    assert len([each for each in found if "answer" in each.marks]) == len(answers)
    assert {each.language for each in answers} == {"json", "text"}
    assert any('"status": 409' in each.text for each in answers)


def test_every_address_in_the_readme_is_served(reader: Reader) -> None:
    """Whoever follows a link to the gateway arrives."""
    addresses = re.findall(r"<(http://127\.0\.0\.1:8000/[^>]+)>", README.read_text())

    statuses = []
    for each in addresses:
        with urlopen(reader.here(each), timeout=20) as page:  # noqa: S310  # our own gateway
            statuses.append(page.status)

    assert statuses == [200] * len(addresses)
    assert len(addresses) >= 3
