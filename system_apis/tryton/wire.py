"""How Tryton is spoken to: REST by a key, JSON-RPC by a session.

https://docs.tryton.org/latest/server/topics/user_application.html
"""

import base64
from collections.abc import Sequence
from typing import TypeVar
from urllib.parse import urlencode

import msgspec
from msgspec import Struct, field

from system_apis.connector import Reply, Request, Upstream
from system_apis.errors import Refused, SystemFailure, TryAgain, Unknown
from system_apis.tryton.values import Created, Record

_encoder = msgspec.json.Encoder(decimal_format="number")
_REFUSALS = {"UserError": "REFUSED", "UserWarning": "WARNING", "LoginException": "UNAUTHORIZED"}


class Access(Struct, frozen=True):
    """Who we are at one Tryton database."""

    database: str
    rest_key: str
    rpc_user: str
    rpc_password: str
    company_ids: tuple[int, ...]


class _RpcReply(Struct, frozen=True):
    result: msgspec.Raw = field(default_factory=msgspec.Raw)
    error: tuple[str, msgspec.Raw] | None = None


R = TypeVar("R", bound=Record)
T = TypeVar("T")
Domain = Sequence[object]


class Wire:
    """The records, actions and wizards of one Tryton database, over one upstream."""

    def __init__(self, upstream: Upstream, access: Access) -> None:
        self._upstream = upstream
        self._access = access
        self._session: str | None = None

    async def search(
        self,
        into: type[R],
        domain: Domain,
        *,
        company: int | None = None,
        order: str = "id",
        limit: int = 1000,
        offset: int = 0,
    ) -> list[R]:
        """Return the records of a domain, ascending by a field, as one company sees them."""
        query = [("d", _packed(domain)), ("o", _packed([[order, "ASC"]])), ("s", str(limit))]
        query += [("p", str(offset))]
        query += [("f", name) for name in into.fields]
        reply = await self._rest(
            "GET", f"search {into.model}", f"{into.model}?{urlencode(query)}", company=company
        )
        return reply.read(list[into])  # type: ignore[valid-type] # a generic of a type argument

    async def ids(self, model: str, domain: Domain, *, company: int | None = None) -> list[int]:
        """Return the ids of the records of a domain, oldest first."""
        query = urlencode([("d", _packed(domain)), ("o", _packed([["id", "ASC"]]))])
        reply = await self._rest("GET", f"find {model}", f"{model}?{query}", company=company)
        return [each.id for each in reply.read(list[Created])]

    async def create(self, model: str, draft: Struct, *, company: int | None = None) -> Reply:
        """Write a record, and return Tryton's answer: a `Created`, or a refusal to be read."""
        return await self._rest("POST", f"create {model}", model, draft, company=company)

    async def write(self, model: str, record_id: int, change: object, *, company: int) -> Reply:
        """Change some fields of a record, and return Tryton's answer, which may be a refusal."""
        path = f"{model}/{record_id}"
        return await self._rest("PUT", f"write {model}", path, change, company=company)

    async def act(self, model: str, record_id: int, action: str, *, company: int) -> Reply:
        """Press a record's button, and return Tryton's answer, which may be a refusal."""
        path = f"{model}/{record_id}/{action}"
        return await self._rest("POST", f"{action} {model}", path, {}, company=company)

    async def call(
        self, into: type[T], method: str, params: Sequence[object], *, writes: bool
    ) -> T:
        """Return the result of a JSON-RPC method; log in first when there is no session."""
        reply = await self._rpc(method, params, await self._logged_in(), writes=writes)
        if reply.status == 401:
            self._session = None
            reply = await self._rpc(method, params, await self._logged_in(), writes=writes)
        return _result(reply, into)

    async def _rest(
        self,
        method: str,
        operation: str,
        path: str,
        body: object = None,
        *,
        company: int | None = None,
    ) -> Reply:
        ids = self._access.company_ids
        context = {"company": company or ids[0], "companies": ids}
        return await self._upstream.send(
            Request(
                operation=operation,
                method=method,
                path=f"/{self._access.database}/rest/model/{path}",
                headers={
                    "Authorization": f"Bearer {self._access.rest_key}",
                    "Content-Type": "application/json",
                    "X-Tryton-Context": _packed(context),
                },
                body=None if body is None else _encoder.encode(body),
                writes=method != "GET",
            )
        )

    async def _rpc(
        self, method: str, params: Sequence[object], session: str | None, *, writes: bool
    ) -> Reply:
        headers = {"Content-Type": "application/json"}
        if session:
            headers["Authorization"] = f"Session {session}"
        return await self._upstream.send(
            Request(
                operation=method,
                method="POST",
                path=f"/{self._access.database}/rpc/",
                headers=headers,
                body=_encoder.encode({"id": 0, "method": method, "params": params}),
                writes=writes,
            )
        )

    async def _logged_in(self) -> str:
        if self._session is None:
            user = self._access.rpc_user
            params = [user, {"password": self._access.rpc_password}]
            reply = await self._rpc("common.db.login", params, None, writes=False)
            user_id, token, _ = _result(reply, tuple[int, str, str | None])
            self._session = base64.b64encode(f"{user}:{user_id}:{token}".encode()).decode()
        return self._session


def _result(reply: Reply, into: type[T]) -> T:
    if reply.status == 401:
        raise Refused(reply.system, "it does not know our user", code="UNAUTHORIZED")
    answer = reply.read(_RpcReply)
    if answer.error:
        raise _failure(reply, *answer.error)
    return reply.read_part(answer.result, into)


def _failure(reply: Reply, name: str, said: msgspec.Raw) -> SystemFailure:
    reason = f"{name}: {bytes(said)[:500]!r}"
    if name in _REFUSALS:
        return Refused(reply.system, reason, code=_REFUSALS[name])
    if name == "ConcurrencyException":
        return TryAgain(reply.system, reason)
    return (Unknown if reply.writes else TryAgain)(reply.system, reason)


def _packed(value: object) -> str:
    return base64.urlsafe_b64encode(_encoder.encode(value)).decode()


def escaped(text: str) -> str:
    """Return a text as a part of a `like` pattern that stands for nothing but itself."""
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
