"""A body becomes its promised type from its bytes, strictly, or is refused with pointers."""

import contextlib
import json
import re
from collections import Counter
from collections.abc import Hashable, Iterator
from decimal import Decimal, InvalidOperation
from functools import cache

import msgspec
from litestar.connection import Request
from litestar.datastructures import State
from litestar.types import Empty
from msgspec import Struct

from gateway.plain_words import PLAIN_DECIMAL, said_plainly
from gateway.problem_types import Slug
from gateway.problems import Fault, Refusal
from gateway.promised_types import reached_types
from governance.access import Caller
from governance.wrong_field import WrongField

MOST_DEPTH = 64
# Of what was sent no more than this is told back.
_SHOWN = 100
_AT = re.compile(r"^(?P<what>.*?) - at `\$(?P<where>.*)`$", re.DOTALL)
_FIELD = re.compile(r"Object (contains unknown|missing required) field `(?P<name>.*)`")
_STEP = re.compile(r"\.([^.\[\]]+)|\[(\d+|\.\.\.)\]")
# Never fails once it has begun, so that a hostile body is read once.
_QUOTED = re.compile(rb'"(?:[^"\\]|\\.?)*+(?:"|\Z)', re.DOTALL)
_NOT_BRACKETS = bytes(byte for byte in range(256) if byte not in b"[]{}")
_DECIMAL = re.compile(r"\A-?(0|[1-9][0-9]{0,14})(\.[0-9]{1,10})?\Z")


class Wrong(Struct, frozen=True):
    """A value that no body may have, kept in its place until its pointer is known."""

    detail: str
    remedy: str


Json = dict[str, "Json"] | list["Json"] | str | int | bool | Wrong | None


class StrictRequest(Request[Caller, str, State]):
    """A request whose JSON is decoded as what its handler promises to take."""

    async def json(self) -> object:
        """Return the body as the handler's own type, or raise `Refusal`."""
        if self._json is Empty:
            field = self.route_handler.parsed_data_field
            promised = field.annotation if field is not None else Struct
            self._json = decode(await self.body(), promised)
        return self._json


class Decoder:
    """Decodes bodies of one type; whether it holds decimals is found out once."""

    def __init__(self, promised: Hashable) -> None:
        self.decode = msgspec.json.Decoder(promised, strict=True).decode
        self.holds_decimals = Decimal in reached_types(promised)


def decode(body: bytes, promised: Hashable) -> object:
    """Return a body as a promised type, or raise `Refusal` saying where it is wrong."""
    decoder = _decoder(promised)
    tree = _tree(body)
    try:
        value = decoder.decode(body)
    except msgspec.MsgspecError as error:
        raise _mistyped(error) from error
    except ArithmeticError:
        # A record's own rule computed with a decimal that is no number, before we look below.
        raise _no_number(tree) from None
    if decoder.holds_decimals:
        _check_decimals(value, tree, "")
    return value


def canonical(body: bytes) -> bytes:
    """Return the one spelling of a JSON body, whatever its order of keys and its spaces."""
    if not body:
        return b""
    return json.dumps(_tree(body), sort_keys=True, separators=(",", ":")).encode()


@cache
def _decoder(promised: Hashable) -> Decoder:
    return Decoder(promised)


def _tree(body: bytes) -> Json:
    """Return a body without types: one JSON text in UTF-8, no key twice, whole numbers only."""
    if not body.strip():
        raise _refusal("The body is empty.", "Send a JSON object.")
    if _depth(body) > MOST_DEPTH:
        raise _refusal(f"The body is nested deeper than {MOST_DEPTH}.", "Send it flatter.")
    reading = _Reading()
    try:
        tree = reading.read(body.decode("utf-8"))
    except UnicodeDecodeError as error:
        raise _refusal(f"Byte {error.start} is not UTF-8.", "Send UTF-8.") from None
    except json.JSONDecodeError as error:
        detail = f"This is not JSON: {error.msg} at character {error.pos}."
        raise _refusal(detail, "Send one JSON object.") from None
    for pointer, wrong in _wrongs(tree, "") if reading.has_wrong else ():
        raise _refusal(wrong.detail, wrong.remedy, pointer)
    return tree


class _Reading:
    """One reading of a body, which marks what no body may have where it stands."""

    def __init__(self) -> None:
        self.has_wrong = False

    def read(self, text: str) -> Json:
        tree: Json = json.loads(
            text,
            object_pairs_hook=self._once,
            parse_float=self._no_fraction,
            parse_constant=self._no_constant,
            parse_int=self._whole,
        )
        return tree

    def _once(self, pairs: list[tuple[str, Json]]) -> Json:
        found = dict(pairs)
        if len(found) != len(pairs):
            twice = _first_twice(pairs)
            said = f"The key {twice[:40]!r} is there twice."
            found[twice] = self._wrong(said, "Send every key once.")
        return found

    def _whole(self, text: str) -> Json:
        if len(text) > 20:
            return self._wrong(f"{text[:20]}... is too long a number.", "Send it as a string.")
        return int(text)

    def _no_fraction(self, text: str) -> Json:
        said = f"{text[:40]} is a number with a fraction."
        return self._wrong(said, "Write decimals as strings.")

    def _no_constant(self, text: str) -> Json:
        return self._wrong(f"{text} is not a number.", "Send a finite value.")

    def _wrong(self, detail: str, remedy: str) -> Wrong:
        self.has_wrong = True
        return Wrong(detail, remedy)


def _first_twice(pairs: list[tuple[str, Json]]) -> str:
    """Return the first key that comes again, in one walk: a body may have many keys."""
    times = Counter(name for name, _ in pairs)
    return next(name for name, _ in pairs if times[name] > 1)


def _wrongs(tree: Json, pointer: str) -> Iterator[tuple[str, Wrong]]:
    """Find what is wrong, with the JSON pointer (RFC 6901) of its place, in the body's order."""
    if isinstance(tree, Wrong):
        yield pointer, tree
    elif isinstance(tree, dict):
        for name, value in tree.items():
            yield from _wrongs(value, f"{pointer}/{_step(name)}")
    elif isinstance(tree, list):
        for index, value in enumerate(tree):
            yield from _wrongs(value, f"{pointer}/{index}")


def _depth(body: bytes) -> int:
    if body.count(b"[") + body.count(b"{") <= MOST_DEPTH:
        return 0
    depth = deepest = 0
    for byte in _QUOTED.sub(b"", body).translate(None, _NOT_BRACKETS):
        depth += 1 if byte in b"[{" else -1
        deepest = max(deepest, depth)
    return deepest


def _mistyped(error: msgspec.MsgspecError) -> Refusal:
    """Say where a body is not as promised; a value of the right form that makes no sense is 422."""
    found = _AT.match(str(error))
    what, where = (found["what"], found["where"]) if found else (str(error), "")
    pointer = "".join(f"/{name or index}" for name, index in _STEP.findall(where))
    field = _FIELD.match(what)
    if field:
        pointer += f"/{_step(field['name'][:_SHOWN])}"
        unknown, name = field[1] == "contains unknown", f"`{field['name'][:_SHOWN]}`"
        what = f"There is no field {name} here." if unknown else f"{name} is missing."
        remedy = "Leave this field out." if unknown else "Send this field."
    else:
        what, remedy = said_plainly(what)
    cause = error.__cause__
    if isinstance(cause, WrongField):
        pointer, what = f"{pointer}/{cause.field}", cause.why
    senseless = isinstance(cause, ValueError)
    slug = Slug.INVALID_VALUE if senseless else Slug.BAD_BODY
    return Refusal(slug, faults=(Fault(detail=what, remedy=remedy, pointer=pointer),))


def _no_number(tree: Json) -> Refusal:
    """Point at the first text that reads as a decimal and is no finite one."""
    for pointer, text in _texts(tree, ""):
        with contextlib.suppress(InvalidOperation):
            if not Decimal(text).is_finite():
                detail = f"{json.dumps(text)[:40]} is not a plain decimal."
                return _refusal(detail, PLAIN_DECIMAL, pointer)
    return _refusal("A decimal in this body is too large to compute with.", PLAIN_DECIMAL)


def _texts(tree: Json, pointer: str) -> Iterator[tuple[str, str]]:
    if isinstance(tree, str):
        yield pointer, tree
    elif isinstance(tree, dict):
        for name, value in tree.items():
            yield from _texts(value, f"{pointer}/{_step(name)}")
    elif isinstance(tree, list):
        for index, value in enumerate(tree):
            yield from _texts(value, f"{pointer}/{index}")


def _step(name: str) -> str:
    """Return a name as a step of a JSON pointer (RFC 6901)."""
    return name.replace("~", "~0").replace("/", "~1")


def _check_decimals(value: object, tree: Json, pointer: str) -> None:
    """Refuse a decimal that was not written as a plain decimal string."""
    if isinstance(value, Decimal):
        if not (isinstance(tree, str) and _DECIMAL.match(tree)):
            fault = Fault(
                detail=f"{json.dumps(tree)[:40]} is not a plain decimal.",
                remedy=PLAIN_DECIMAL,
                pointer=pointer,
            )
            raise Refusal(Slug.BAD_BODY, faults=(fault,))
    elif isinstance(value, Struct) and isinstance(tree, dict):
        names = zip(value.__struct_fields__, value.__struct_encode_fields__, strict=True)
        for field, name in names:
            if name in tree:
                _check_decimals(getattr(value, field), tree[name], f"{pointer}/{name}")
    elif isinstance(value, list | tuple) and isinstance(tree, list):
        for index, (one, written) in enumerate(zip(value, tree, strict=False)):
            _check_decimals(one, written, f"{pointer}/{index}")


def _refusal(detail: str, remedy: str, pointer: str = "") -> Refusal:
    fault = Fault(detail=detail, remedy=remedy, pointer=pointer)
    return Refusal(Slug.BAD_BODY, detail, faults=(fault,))
