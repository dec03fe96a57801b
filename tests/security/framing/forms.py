"""Requests that two programs in a row would take apart differently, with a second one hidden."""

from msgspec import Struct

ORDERS = b"/system/orders/v1/orders"
NOTE = ORDERS + b"/or_01J9ZC3K6ZD0W5Y9Q8R7S6T5V4/notes"
BODY = b'{"text":"x","amount":{"amount":"1.00","currency":"USD"}}'
LENGTH = b"Content-Length: %d\r\n" % len(BODY)
CHUNKED = b"Transfer-Encoding: chunked\r\n"
CHUNKS = b"%x\r\n%s\r\n0\r\n\r\n" % (len(BODY), BODY)
HOST = b"Host: 127.0.0.1\r\n"
READ = b"GET " + ORDERS + b" HTTP/1.1\r\n"
# What is sent says TOKEN where the caller's Authorization header goes.
TOKEN = b"TOKEN"
HIDDEN = READ + HOST + TOKEN + b"\r\n"
BAD, BAD_HOST = frozenset({400}), frozenset({400, 421})
SERVED = frozenset({200, 201})


class Form(Struct, frozen=True):
    """One way to send a request: the bytes, the statuses it may get, and what is then entered."""

    sent: bytes
    wanted: frozenset[int] = BAD
    entered: int = 0

    @property
    def closes(self) -> bool:
        """Whether the connection must be closed: nobody knows where the next request begins."""
        return self.entered == 0


def post(headers: bytes, body: bytes = BODY, first: bytes = b"POST " + NOTE + b" HTTP/1.1") -> Form:
    """Return a note whose head has some headers, with another request behind it."""
    head = first + b"\r\n" + HOST + TOKEN + b"Content-Type: application/json\r\n"
    return Form(head + headers + b"\r\n" + body + HIDDEN)


def get(headers: bytes, wanted: frozenset[int] = BAD, entered: int = 0) -> Form:
    """Return a read whose head has some headers."""
    return Form(READ + headers + TOKEN + b"\r\n", wanted, entered)


def served(form: Form) -> Form:
    """Return a form without what is hidden behind it, which is a good one."""
    return Form(form.sent.removesuffix(HIDDEN), SERVED, 1)


FORMS: dict[str, Form] = {
    "plain read": get(HOST, SERVED, 1),
    "plain note": served(post(LENGTH)),
    "plain chunks": served(post(CHUNKED, CHUNKS)),
    "HT-01 length and chunks": post(b"Content-Length: 5\r\n" + CHUNKED, b"0\r\n\r\n"),
    "HT-01 chunks and length": post(CHUNKED + LENGTH, CHUNKS),
    "HT-02 xchunked": post(b"Transfer-Encoding: xchunked\r\n", CHUNKS),
    "HT-02 identity": post(b"Transfer-Encoding: identity\r\n" + LENGTH),
    "HT-02 chunked, gzip": post(b"Transfer-Encoding: chunked, gzip\r\n", CHUNKS),
    "HT-03 chunked twice": post(CHUNKED * 2, CHUNKS),
    "HT-03 chunked and identity": post(CHUNKED + b"Transfer-Encoding: identity\r\n", CHUNKS),
    "HT-03 chunked, chunked": post(b"Transfer-Encoding: chunked, chunked\r\n", CHUNKS),
    "HT-04 a vertical tab": post(b"Transfer-Encoding: \x0bchunked\r\n", CHUNKS),
    "HT-04 a comma at the end": post(b"Transfer-Encoding: chunked,\r\n" + LENGTH, CHUNKS),
    "HT-04 a quoted coding": post(b'Transfer-Encoding: "chunked"\r\n' + LENGTH, CHUNKS),
    "HT-05 a space before the colon": post(b"Content-Length : %d\r\n" % len(BODY)),
    "HT-05 a space before chunked's": post(b"Transfer-Encoding : chunked\r\n" + LENGTH, CHUNKS),
    "HT-05 a tab before the colon": post(b"Content-Length\t: %d\r\n" % len(BODY)),
    "HT-06 two lengths": post(b"Content-Length: 5\r\n" + LENGTH),
    "HT-06 the same length twice": post(LENGTH * 2),
    "HT-07 +56": post(b"Content-Length: +%d\r\n" % len(BODY)),
    "HT-07 0x38": post(b"Content-Length: 0x%x\r\n" % len(BODY)),
    "HT-07 -1": post(b"Content-Length: -1\r\n"),
    "HT-07 5_6": post(b"Content-Length: 5_6\r\n"),
    "HT-07 56, 56": post(b"Content-Length: %d, %d\r\n" % (len(BODY), len(BODY))),
    "HT-07 20 digits": post(b"Content-Length: 18446744073709551672\r\n"),
    "HT-07 nothing": post(b"Content-Length: \r\n"),
    "HT-08 a folded line": post(b"X-A: 1\r\n Transfer-Encoding: chunked\r\n" + LENGTH),
    "HT-08 a folded coding": post(b"Transfer-Encoding:\r\n chunked\r\n" + LENGTH, CHUNKS),
    "HT-09 bare line feeds": Form(HIDDEN.replace(b"\r\n", b"\n") + HIDDEN),
    "HT-09 one bare line feed": post(b"X-A: 1\nContent-Length: 0\r\n" + LENGTH),
    "HT-10 a bare return": post(b"X-A: 1\rContent-Length: 0\r\n" + LENGTH),
    "HT-10 a return in the first line": post(LENGTH, first=b"POST " + NOTE + b"\r HTTP/1.1"),
    "HT-11 NUL in a value": post(b"X-A: a\x00b\r\n" + LENGTH),
    "HT-11 NUL in a name": post(b"X\x00A: 1\r\n" + LENGTH),
    "HT-11 DEL in a value": post(b"X-A: a\x7fb\r\n" + LENGTH),
    "HT-11 a blank in a name": post(b"X A: 1\r\n" + LENGTH),
    "HT-12 no Host": get(b""),
    "HT-13 two Hosts": get(HOST * 2),
    "HT-13 two Hosts that differ": get(HOST + b"Host: bank.example\r\n"),
    "HT-14 with a path": get(b"Host: 127.0.0.1/x\r\n", BAD_HOST),
    "HT-14 with a user": get(b"Host: a@127.0.0.1\r\n", BAD_HOST),
    "HT-14 with a blank": get(b"Host: 127.0.0.1 x\r\n", BAD_HOST),
    "HT-14 unlisted": get(b"Host: bank.example\r\n", BAD_HOST),
    "HT-14 ours in front": get(b"Host: 127.0.0.1.bank.example\r\n", BAD_HOST),
    "HT-14 ours behind": get(b"Host: bank.example.localhost\r\n", BAD_HOST),
    "HT-14 another letter for the dot": get(b"Host: 127x0x0x1\r\n", BAD_HOST),
    "HT-14 a port that is none": get(b"Host: 127.0.0.1:evil\r\n", BAD_HOST),
    "HT-14 forwarded only": get(b"X-Forwarded-Host: 127.0.0.1\r\n"),
    "HT-15 another server's address": Form(
        b"GET http://bank.example" + ORDERS + b" HTTP/1.1\r\n" + HOST + TOKEN + b"\r\n", BAD_HOST
    ),
    "HT-15 a user in the address": Form(
        b"GET http://127.0.0.1@bank.example" + ORDERS + b" HTTP/1.1\r\n" + HOST + TOKEN + b"\r\n",
        BAD_HOST,
    ),
    "HT-15 an asterisk": Form(b"OPTIONS * HTTP/1.1\r\n" + HOST + TOKEN + b"\r\n"),
    "HT-16 a line feed in an extension": post(CHUNKED, b"5;a\n=1\r\nhello\r\n0\r\n\r\n"),
    "HT-16 a negative chunk": post(CHUNKED, b"-5\r\nhello\r\n0\r\n\r\n"),
    "HT-16 a chunk beyond 64 bits": post(CHUNKED, b"1" + b"0" * 16 + b"\r\n" + BODY),
    "HT-16 a chunk in hexadecimal twice": post(CHUNKED, b"0x38\r\n" + BODY + b"\r\n0\r\n\r\n"),
    "HT-16 a chunk without its end": post(CHUNKED, b"%x\r\n%s0\r\n\r\n" % (len(BODY), BODY)),
    "HT-16 a line feed behind a size": post(CHUNKED, b"%x\n%s\r\n0\r\n\r\n" % (len(BODY), BODY)),
    "HT-17 chunks in HTTP/1.0": post(CHUNKED, CHUNKS, b"POST " + NOTE + b" HTTP/1.0"),
    "HT-17 HTTP/3.7": post(LENGTH, first=b"POST " + NOTE + b" HTTP/3.7"),
    "HT-17 no version": Form(b"GET " + ORDERS + b"\r\n" + HOST + TOKEN + b"\r\n" + HIDDEN),
    "HT-18 a read with a body": Form(
        READ + HOST + TOKEN + b"Content-Length: %d\r\n\r\n" % len(HIDDEN) + HIDDEN
    ),
    "HT-18 a read in chunks": Form(READ + HOST + TOKEN + CHUNKED + b"\r\n0\r\n\r\n" + HIDDEN),
    "HT-19 expects something odd": served(post(b"Expect: 200-maybe\r\n" + LENGTH)),
    "HT-20 h2c": get(
        HOST + b"Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AA\r\n",
        SERVED,
        1,
    ),
    "HT-20 a web socket": get(
        HOST + b"Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Key: x\r\n", SERVED, 1
    ),
    "HT-20 HTTP/2 from the start": Form(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + HIDDEN),
    "HT-21 a method in small letters": Form(HIDDEN.replace(b"GET", b"get", 1) + HIDDEN),
    "HT-21 a method of our own": Form(HIDDEN.replace(b"GET", b"GETX", 1) + HIDDEN),
    "HT-21 CONNECT": Form(b"CONNECT 127.0.0.1:22 HTTP/1.1\r\n" + HOST + TOKEN + b"\r\n" + HIDDEN),
    "HT-22 an underscore": get(HOST + b"X_Tenant: HAL-UK\r\n"),
    "HT-22 an underscore for ours": post(b"Content_Length: 0\r\n" + LENGTH),
}
