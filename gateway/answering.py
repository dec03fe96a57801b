"""How a record leaves: encoded once, with the headers that its API always says."""

from collections.abc import Mapping
from typing import ClassVar

from litestar import Response
from litestar.response.base import ASGIResponse
from litestar.serialization import encode_json
from litestar.types import Receive, Scope, Send

Headers = tuple[tuple[bytes, bytes], ...]
_OK, _NO_CONTENT = 200, 204
_IS_JSON = (b"content-type", b"application/json")


class RecordResponse(Response[object]):
    """A record as JSON, without what the framework's own answers keep room for.

    Those weigh headers, cookies and media types anew for every answer; here they are settled
    when the API is mounted.
    """

    __slots__ = ()

    always: ClassVar[Headers] = ()

    def __init__(self, content: object, *, status_code: int, **_: object) -> None:
        self.content, self.status_code = content, status_code

    def to_asgi_response(self, *_: object, **__: object) -> ASGIResponse:
        """Return the answer as it is sent."""
        status = self.status_code or _OK
        if status == _NO_CONTENT:
            return _Sent(status, [*self.always], b"")
        body = encode_json(self.content)
        length = (b"content-length", str(len(body)).encode())
        return _Sent(status, [*self.always, _IS_JSON, length], body)


def record_response(headers: Mapping[str, str]) -> type[RecordResponse]:
    """Return the kind of answer that always says some headers."""

    class OfApi(RecordResponse):
        __slots__ = ()

        always = tuple((name.encode(), value.encode()) for name, value in headers.items())

    return OfApi


class _Sent(ASGIResponse):
    __slots__ = ("_body", "_headers", "_status")

    def __init__(self, status: int, headers: list[tuple[bytes, bytes]], body: bytes) -> None:
        self._status, self._headers, self._body = status, headers, body

    async def __call__(self, _: Scope, __: Receive, send: Send) -> None:
        """Send the answer."""
        await send(
            {"type": "http.response.start", "status": self._status, "headers": self._headers}
        )
        await send({"type": "http.response.body", "body": self._body, "more_body": False})
