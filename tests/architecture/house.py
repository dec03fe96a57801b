"""The house as its tests look at it: its packages, their modules, and what git tracks."""

import ast
import subprocess
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
PACKAGES = (
    "gateway",
    "experience_apis",
    "process_apis",
    "system_apis",
    "governance",
    "observability",
    "store",
)
Function = ast.FunctionDef | ast.AsyncFunctionDef


def modules(*packages: str) -> list[Path]:
    """Return the product's Python files, those of all packages unless some are named."""
    named = packages or PACKAGES
    return sorted(path for name in named for path in (ROOT / name).rglob("*.py"))


def dotted(path: Path) -> str:
    """Return a file's name as it is imported by."""
    return ".".join(path.relative_to(ROOT).with_suffix("").parts)


def shown(path: Path) -> str:
    """Return a file's name as a person would look it up."""
    return str(path.relative_to(ROOT))


def functions(path: Path) -> Iterator[Function]:
    """Return every function and method of a file."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def length(function: Function) -> int:
    """Return how many lines a function takes, its decorators left out."""
    return (function.end_lineno or function.lineno) - function.lineno + 1


def tracked_files() -> list[Path]:
    """Return every file that git tracks or would, all of them where there is no git."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],  # noqa: S607  # on the path, wherever that is
        cwd=ROOT,
        capture_output=True,
        check=False,
    )
    names = [name for name in listed.stdout.decode().split("\0") if name]
    return [ROOT / name for name in names if (ROOT / name).is_file()] or _unpacked()


def _unpacked() -> list[Path]:
    """Return the files of a copy without git: those outside of what was made."""
    return [
        path
        for path in sorted(ROOT.rglob("*"))
        if path.is_file() and not any(part in _MADE for part in path.relative_to(ROOT).parts)
    ]


_MADE = {".venv", ".venv-tools", ".strata", ".cache", ".git", "__pycache__", ".hypothesis"} | {
    f".{tool}_cache" for tool in ("mypy", "ruff", "pytest", "import_linter")
}
