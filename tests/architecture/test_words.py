"""What may stand in the code: who may ask for the time, what is no float, what is no secret."""

import ast
import json
import re
from collections.abc import Iterator
from pathlib import Path

from tests.architecture.house import PACKAGES, ROOT, modules, shown, tracked_files

# Who reads a clock, and why it is not handed one.
CLOCKS = {
    "store/clock.py": "it is the clock",
    "store/copying.py": "how long databases are waited for, and held",
    "store/database.py": "how long a commit takes, and since when none was made",
    "gateway/identity.py": "how old an issuer's keys are, by a clock that is handed on",
    "gateway/inbound/own.py": "how long an answer's way out took",
    "gateway/inbound/watch.py": "the access line's own time",
    "governance/rate_limits.py": "windows are slices of the wall clock, the default of a parameter",
    "governance/vendor_budgets.py": "days and hours of a quota, the default of a parameter",
    "observability/logs.py": "a log line's own time",
    "observability/tracing.py": "a span's own times",
    "observability/untraced.py": "a note's own times",
    "system_apis/connector.py": "how long an answer took to read",
    "system_apis/phases.py": "how long each phase of a call took",
    "system_apis/upstream.py": "how long a call took",
    "system_apis/sandbox/books.py": "how long the sandbox lets a reader wait",
}
FLOATS = {
    "process_apis/durable/patience.py": "how long a wait is drawn out",
    "process_apis/durable/runs.py": "how often the journal is looked at",
    "process_apis/rounds.py": "how often the rounds are made",
    "process_apis/vital_signs.py": "a metric, which knows nothing else",
}
TIMES = re.compile(
    r"datetime\.(now|utcnow|today)\(|date\.today\(|\btime\.(time|monotonic)\b|time_ns\(|perf_counter\("
)
# A field, or the way to one within others.
_FIELD = re.compile(r"[\w.]+: ")
# A code, an amount with cents, or a name of several words.
_TELLING = re.compile(r"[A-Z]{1,5}-([A-Z]*[0-9]+|[A-Z]{2})|[0-9]{3,}\.[0-9]+|[A-Z]\w+( [A-Z&]\w*)+")
# The words are put together here, so that this file does not name an index itself.
REGISTRIES = [
    "py" + "pi.org",
    "python" + "hosted.org",
    "registry." + "npmjs.org",
    "--extra-" + "index-url",
    "--index" + "-url",
    "PIP_" + "INDEX_URL",
    "UV_" + "INDEX_URL",
]


def test_only_the_clock_and_its_declared_friends_ask_for_the_time() -> None:
    """Due dates, periods and tokens take the time that they are handed."""
    found = {shown(path) for path in modules() if TIMES.search(path.read_text())}

    assert found == set(CLOCKS)


def test_no_amount_is_a_float() -> None:
    """Binary fractions are for seconds and metrics; no record, process or view knows others."""
    rooms = [
        *(ROOT / "system_apis/canonical").glob("*.py"),
        *(ROOT / "process_apis").rglob("*.py"),
        *(ROOT / "experience_apis").rglob("*.py"),
    ]

    found = {shown(path) for path in rooms if any(_floats(path))}

    assert found == set(FLOATS)


def test_no_file_names_a_package_registry() -> None:
    """Where packages come from is the machine's own affair."""
    found = [
        f"{shown(path)}: {word}"
        for path in tracked_files()
        if (text := _text(path)) is not None
        for word in REGISTRIES
        if word in text
    ]

    assert not found


def test_the_code_knows_nothing_of_the_firm_that_it_is_tried_with() -> None:
    """No number, name or amount of the Northwind fixture stands in the product."""
    known = re.compile(rf"\b({'|'.join(map(re.escape, sorted(_northwind())))})\b")

    found = [
        f"{shown(path)}: {match[0]}"
        for path in modules(*PACKAGES)
        for match in known.finditer(path.read_text())
    ]

    assert not found


def test_no_forbidden_shortcut_stands_in_the_code() -> None:
    """Errors are named, types are imported plainly, and nothing is deferred."""
    shortcuts = re.compile(
        r"^from __future__|TYPE_CHECKING|except Exception|except BaseException: *$|dict\[str, Any\]"
        r"|\bimport (pickle|shelve)\b|\b(TODO|FIXME|XXX)\b",
        re.MULTILINE,
    )
    allowed = {
        ("process_apis/engine.py", "dict[str, Any]"),  # the keyword arguments of any step
        ("gateway/inbound/watch.py", "except BaseException:"),  # counts as a 500, and rises
    }

    found = {
        (shown(path), match[0].strip())
        for path in modules()
        for match in shortcuts.finditer(path.read_text())
    }

    assert found - allowed == set()


def test_every_ignored_rule_says_why() -> None:
    """A `noqa` or a `type: ignore` names its rule and its reason on the line."""
    marks = re.compile(r"#\s*(?:noqa|type: ignore)\b(?P<rest>.*)$", re.MULTILINE)
    reasoned = re.compile(r"(: [A-Z0-9, ]+|\[[a-z-]+(, ?[a-z-]+)*\])\s+(#\s*)?\S+.*\w")

    found = [
        f"{shown(path)}: {match[0]}"
        for path in modules()
        for match in marks.finditer(path.read_text())
        if not reasoned.match(match["rest"])
    ]

    assert not found


def test_a_wrong_field_is_named_apart_from_why_it_is_wrong() -> None:
    """Whoever sent it is led to the field: a `ValueError` would hide it in its words."""
    found = [f"{shown(path)}:{line}" for path in modules() for line in _hidden_fields(path)]

    assert not found, f"raise WrongField(field, why) instead: {found}"


def _hidden_fields(path: Path) -> Iterator[int]:
    """Yield where a `ValueError` begins with the name of a field and a colon."""
    for node in ast.walk(ast.parse(path.read_text())):
        match node:
            case ast.Call(func=ast.Name(id="ValueError"), args=[said, *_]):
                if _FIELD.match(_words(said)):
                    yield node.lineno


def _words(said: ast.expr) -> str:
    """Return what a text says, with a letter for each value in it."""
    match said:
        case ast.Constant(value=str() as text):
            return text
        case ast.JoinedStr(values=parts):
            return "".join(map(_words, parts))
        case _:
            return "x"


def _floats(path: Path) -> Iterator[int]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Name) and node.id == "float":
            yield node.lineno
        if isinstance(node, ast.Constant) and isinstance(node.value, float):
            yield node.lineno


def _text(path: Path) -> str | None:
    """Return a file's text, or None when it is no text."""
    try:
        return path.read_text()
    except UnicodeDecodeError:
        return None


def _northwind() -> set[str]:
    """Return what only the fixture may know: codes, names, and amounts with cents."""
    firm = ROOT / "northwind"
    told: set[str] = set()
    for name in ("fixture.json", "expected.json"):
        told |= set(_leaves(json.loads((firm / name).read_text(), parse_float=str)))
    return {each for each in told if _TELLING.fullmatch(each)}


def _leaves(value: object) -> Iterator[str]:
    match value:
        case dict():
            for key, item in value.items():
                yield str(key)
                yield from _leaves(item)
        case list():
            for item in value:
                yield from _leaves(item)
        case str():
            yield value
