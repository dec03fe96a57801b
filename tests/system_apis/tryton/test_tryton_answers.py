"""A result of Tryton's that is not the promised record is a failure that says what to do next."""

import pytest

from system_apis.connector import Reply, Request
from system_apis.errors import SystemFailure, Unknown, Unreadable
from system_apis.tryton.wire import Access, Wire

LOGIN = b'{"result": [1, "token", null]}'


class Server:
    """A Tryton that lets us in and answers every method with the same result."""

    instance = "erp-a"

    def __init__(self, result: bytes) -> None:
        self.result = result
        self.made_sense: list[bool] = []

    async def send(self, request: Request) -> Reply:
        """Answer a request."""
        is_login = request.operation == "common.db.login"
        return Reply(
            system=self.instance,
            status=200,
            headers={},
            body=LOGIN if is_login else b'{"result": %s}' % self.result,
            writes=request.writes,
            reading=self._read,
        )

    def _read(self, seconds: float, *, made_sense: bool) -> None:
        self.made_sense.append(made_sense)


@pytest.mark.parametrize(("writes", "next_step"), [(False, Unreadable), (True, Unknown)])
async def test_a_result_that_is_not_the_promised_one_is_counted_and_asked_for_again(
    writes: bool, next_step: type[SystemFailure]
) -> None:
    """After a write its answer is lost; after a read the same is asked again."""
    server = Server(b'{"odd": "words"}')
    wire = Wire(server, Access("books", "key", "ana", "secret", (1,)))

    with pytest.raises(next_step):
        await wire.call(list[int], "model.account.move.search", [], writes=writes)

    assert server.made_sense.count(False) == 1
