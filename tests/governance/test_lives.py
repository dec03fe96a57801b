"""Whether a process lives is known from the lock that it holds."""

import subprocess
import sys
from pathlib import Path

from governance.lives import Life

_LIVES = """
import sys, time
from pathlib import Path
from governance.lives import Life
life = Life(Path(sys.argv[1]))
print(life.name, flush=True)
time.sleep(60)
"""


def test_a_killed_process_is_known_to_have_ended(tmp_path: Path) -> None:
    """While it runs it lives; after a SIGKILL its life is over."""
    life = Life(tmp_path)
    command = [sys.executable, "-c", _LIVES, str(tmp_path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:  # noqa: S603  our own program
        assert process.stdout is not None
        name = process.stdout.readline().strip()
        running = life.is_over(name)
        process.kill()
        process.wait()

    assert not running
    assert life.is_over(name)
    life.close()


def test_a_process_knows_itself_to_live(tmp_path: Path) -> None:
    """And nothing of one that has no name, or left no trace."""
    life = Life(tmp_path)

    assert not life.is_over(life.name)
    assert life.is_over("0" * 32)
    assert life.is_over(None)
    life.close()


def test_a_new_life_clears_away_those_that_are_over(tmp_path: Path) -> None:
    """Files do not pile up, and a living process keeps its own."""
    ended, living = Life(tmp_path), Life(tmp_path)
    ended.close()

    newest = Life(tmp_path)

    assert {path.name for path in tmp_path.iterdir()} == {living.name, newest.name}
    assert not newest.is_over(living.name)
    living.close()
    newest.close()
