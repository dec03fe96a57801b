"""Every way to spoil a body: its bytes, or one of its fields."""

import json
from collections.abc import Callable, Iterator

from tests.security.routes.trees import Tree

Spoiled = dict[str, bytes]

# A currency that is plain text, or one of a price, is not held to be one at the door yet.
_NOT_MONEY = {
    "a whole number": b"10",
    "a fraction": b"10.00",
    "an exponent": b"1e1",
    "NaN": b"NaN",
    "infinity": b"-Infinity",
    "NaN in quotes": b'"NaN"',
    "an exponent in quotes": b'"1e1"',
    "a thousands sign": b'"1_000.00"',
    "a leading blank": b'" 1.00"',
    "a plus": b'"+1.00"',
    "a newline": b'"1.00\\n"',
    "digits of another script": '"١.00"'.encode(),
    "a hundred thousand digits": b'"' + b"1" * 100_000 + b'"',
    "null": b"null",
}

_NEVER = {"an object": b'{"unexpected":1}', "a fraction": b"0.5", "not a number": b"NaN"}
_NO_DATES = ("2026-02-30", "31.10.2026", "2026-10-31T25:00:00Z", "now", "")
_NOT_THIS = {
    ".currency": ("usd", "US", "QQQ", "", "USD "),
    **dict.fromkeys((".on", "date", ".start", ".end"), _NO_DATES),
    ".now": (*_NO_DATES, "2026-10-31", "9999-12-31T23:59:59Z", "9999-12-31T23:59:59-23:59"),
}


def spoiled_bytes(good: bytes) -> Spoiled:
    """Return bodies whose bytes are no single JSON object in UTF-8, or too deep."""
    deep = b'"deep":' + b"[" * 2_000 + b"]" * 2_000
    return {
        "nothing": b"",
        "blanks": b" \n ",
        "a byte order mark": b"\xef\xbb\xbf" + good,
        "bytes after the end": good + b"\x00",
        "two documents": good + good,
        "half a document": good[:-1],
        "a comment": b"/* */" + good,
        "a comma too many": good[:-1] + b",}",
        "a list of it": b"[" + good + b"]",
        "an empty list": b"[]",
        "text": b'"body"',
        "a number": b"1",
        "null": b"null",
        "UTF-16": good.decode().encode("utf-16"),
        "bytes that are no UTF-8": good[:-1] + b',"\xff\xfe":1}',
        "half a surrogate pair": good[:-1] + b',"\\ud800":1}',
        "a depth of 2,000": good[:-1] + b"," + deep + b"}",
        "a depth that never ends": b'{"a":' * 100_000,
        "a prototype": good[:-1] + b',"__proto__":{}}',
        "a method of its class": good[:-1] + b',"__class__":"Caller"}',
        "somebody else's rights": good[:-1] + b',"roles":["operator"],"entities":["HAL-UK"]}',
    }


def spoiled_fields(good: bytes) -> Spoiled:
    """Return bodies that are wrong in one place, for every place that a good one has."""
    tree: Tree = json.loads(good)
    found: Spoiled = {}
    for where, node in _nodes(tree, "$"):
        if isinstance(node, dict):
            for said, change in _CHANGED_KEYS.items():
                found[f"{where} and {said}"] = _written(tree, "$", where, change)
        for said, text in _bad_values(where):
            found[f"{where} is {said}"] = _put(tree, where, text)
    return found


def _bad_values(where: str) -> Iterator[tuple[str, bytes]]:
    """Yield what cannot stand at a place."""
    if where != "$":
        yield from _NEVER.items()
    for ending, texts in _NOT_THIS.items():
        if where.endswith(ending):
            yield from ((repr(text), json.dumps(text).encode()) for text in texts)
    if where.endswith((".amount", ".quantity", ".margin", ".tax_rate")):
        yield from _NOT_MONEY.items()


def _nodes(tree: Tree, where: str) -> Iterator[tuple[str, Tree]]:
    yield where, tree
    if isinstance(tree, dict):
        for name, child in tree.items():
            yield from _nodes(child, f"{where}.{name}")
    elif isinstance(tree, list):
        for index, child in enumerate(tree):
            yield from _nodes(child, f"{where}.{index}")


def _put(tree: Tree, where: str, text: bytes) -> bytes:
    return _written(tree, "$", where, lambda _: text)


def _written(tree: Tree, here: str, where: str, change: Callable[[bytes], bytes]) -> bytes:
    """Write a tree, with the bytes of one place changed."""
    if isinstance(tree, dict):
        pairs = (
            json.dumps(name).encode() + b":" + _written(child, f"{here}.{name}", where, change)
            for name, child in tree.items()
        )
        text = b"{" + b",".join(pairs) + b"}"
    elif isinstance(tree, list):
        children = (_written(c, f"{here}.{i}", where, change) for i, c in enumerate(tree))
        text = b"[" + b",".join(children) + b"]"
    else:
        text = json.dumps(tree).encode()
    return change(text) if here == where else text


def _stranger(text: bytes) -> bytes:
    return text[:-1] + b',"stranger":1}'


def _twice(text: bytes) -> bytes:
    first = next(iter(json.loads(text).items()))
    return text[:-1] + f",{json.dumps(first[0])}:{json.dumps(first[1])}}}".encode()


def _shouted(text: bytes) -> bytes:
    first = next(iter(json.loads(text)))
    return text.replace(f'"{first}"'.encode(), f'"{first.upper()}"'.encode(), 1)


_CHANGED_KEYS: dict[str, Callable[[bytes], bytes]] = {
    "an unknown field": _stranger,
    "a key twice": _twice,
    "a key in capitals": _shouted,
}
