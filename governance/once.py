"""What a command did, kept in the unit of work that did it: neither is there without the other.

A command whose process is killed before its answer is kept finds here what it did, when it
is sent again, and is answered from it.
"""

import hashlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TypeVar

import msgspec
from msgspec import Struct
from sqlalchemy import Connection, select, update

from governance.access import current_caller
from governance.idempotency import TABLE, Begun, Command, attempt_is

T = TypeVar("T")
Unit = Callable[[Connection], T]


class Overtaken(Exception):
    """Another attempt does this command by now."""


class _Attempt(Struct, frozen=True):
    command: Command
    begun: Begun


_attempt: ContextVar[_Attempt | None] = ContextVar("attempt", default=None)


@contextmanager
def attempting(command: Command, begun: Begun) -> Iterator[None]:
    """Let what is done inside be an attempt of a command."""
    token = _attempt.set(_Attempt(command, begun))
    try:
        yield
    finally:
        _attempt.reset(token)


def once(kind: type[T], work: Unit[T], what: str = "") -> Unit[T]:
    """Return a unit of work that a command does once; done again, it returns what it returned.

    `what` tells units of one command apart that return the same kind. Without a command
    under a key there is nothing to tell a repeat by, and the unit is as it was. It raises
    `Overtaken`, and does nothing, when another attempt has begun meanwhile.
    """
    attempt, name = _of_caller(), f"{kind.__name__} {what}"
    if attempt is None:
        return work

    def kept(connection: Connection) -> T:
        done = _done(connection, attempt)
        if name in done:
            return msgspec.json.decode(done[name], type=kind)
        result = work(connection)
        done[name] = msgspec.json.encode(result)
        values = {"done": msgspec.msgpack.encode(done)}
        mine = attempt_is(attempt.command, attempt.begun)
        connection.execute(update(TABLE).where(mine).values(values))
        return result

    return kept


def done_before(kind: type[T], what: str = "") -> Unit[T | None]:
    """Return a query for what a unit of the running command returned, if it was done before."""
    attempt, name = _of_caller(), f"{kind.__name__} {what}"

    def query(connection: Connection) -> T | None:
        done = _done(connection, attempt) if attempt else {}
        return msgspec.json.decode(done[name], type=kind) if name in done else None

    return query


def command_name() -> str | None:
    """Return what to call the command that is under way, however often it is sent.

    None without a key: then nothing tells one time from another.
    """
    attempt = _of_caller()
    if attempt is None:
        return None
    command = attempt.command
    said = (command.caller.subject, command.caller.client_id, command.operation, command.key)
    return hashlib.sha256(msgspec.json.encode(said)).hexdigest()[:32]


def _of_caller() -> _Attempt | None:
    """Return the attempt that is under way, unless it is another's work that it set going."""
    attempt = _attempt.get()
    if attempt is None or current_caller().subject != attempt.command.caller.subject:
        return None
    return attempt


def _done(connection: Connection, attempt: _Attempt) -> dict[str, bytes]:
    query = select(TABLE.c.done).where(attempt_is(attempt.command, attempt.begun))
    row = connection.execute(query).one_or_none()
    if row is None:
        raise Overtaken(attempt.command.operation)
    return msgspec.msgpack.decode(row.done, type=dict[str, bytes]) if row.done else {}
