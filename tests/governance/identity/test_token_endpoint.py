"""The token endpoint: who gets a token, for what, and what everybody else is told."""

import json
import logging
from base64 import b64encode
from time import thread_time
from urllib.parse import urlencode

import pytest

from governance.authorization_server.grants import OAuthReply
from governance.authorization_server.server import AuthorizationServer
from governance.tokens import TokenVerifier

FORM = "application/x-www-form-urlencoded"
CLIENT = "integrator-1"


def basic(client_id: str, secret: str) -> str:
    """Return an `Authorization` header."""
    return "Basic " + b64encode(f"{client_id}:{secret}".encode()).decode()


def ask(server: AuthorizationServer, secret: str, **more: str) -> OAuthReply:
    """Ask for a token as the client, with the header."""
    form = urlencode({"grant_type": "client_credentials", **more})
    return server.token(form.encode(), FORM, basic(CLIENT, secret))


def error_of(reply: OAuthReply) -> tuple[int, str]:
    """Return status and error code, having seen that nobody may store the answer."""
    assert dict(reply.headers)["Cache-Control"] == "no-store"
    assert dict(reply.headers)["Content-Type"] == "application/json"
    assert set(json.loads(reply.body)) <= {"error", "error_description"}
    return reply.status, json.loads(reply.body)["error"]


def test_a_client_gets_a_token_that_the_verifier_takes(
    server: AuthorizationServer, verifier: TokenVerifier, secret: str
) -> None:
    """A client that proves who it is gets all it is allowed, for five minutes."""
    reply = ask(server, secret)

    granted = json.loads(reply.body)
    caller = verifier.verify(granted.pop("access_token"))
    assert reply.status == 200
    assert dict(reply.headers)["Cache-Control"] == "no-store"
    assert granted == {
        "token_type": "Bearer",
        "expires_in": 300,
        "scope": "system:crm:read system:erp:write",
    }
    assert caller.subject == caller.client_id == CLIENT
    assert caller.scopes == {"system:crm:read", "system:erp:write"}
    assert caller.roles == {"integrator"}
    assert caller.entities == {"NWA-DE", "NWA-US"}


def test_a_client_may_send_its_secret_in_the_body(server: AuthorizationServer, secret: str) -> None:
    """`client_secret_post` works as `client_secret_basic` does."""
    form = {"grant_type": "client_credentials", "client_id": CLIENT, "client_secret": secret}

    reply = server.token(urlencode(form).encode(), f"{FORM}; charset=UTF-8", None)

    assert reply.status == 200


def test_a_client_gets_no_more_scope_than_it_asks_for(
    server: AuthorizationServer, verifier: TokenVerifier, secret: str
) -> None:
    """A narrower token can be had, and says what it grants."""
    granted = json.loads(ask(server, secret, scope="system:crm:read").body)

    assert granted["scope"] == "system:crm:read"
    assert verifier.verify(granted["access_token"]).scopes == {"system:crm:read"}


@pytest.mark.parametrize(
    "scope", ["governance:clock:write", "system:crm:read x", "system:crm:read  x", " ", '"']
)
def test_a_scope_that_the_client_may_not_have_is_refused(
    scope: str, server: AuthorizationServer, secret: str
) -> None:
    """Asking for more than allowed gets nothing rather than less (OA-16)."""
    assert error_of(ask(server, secret, scope=scope)) == (400, "invalid_scope")


def test_an_empty_parameter_counts_as_left_out(server: AuthorizationServer, secret: str) -> None:
    """RFC 6749 3.2: a parameter without a value is as if it were not there."""
    assert ask(server, secret, scope="", resource="").status == 200


@pytest.mark.parametrize("name", ["resource", "audience"])
def test_a_token_is_only_made_for_the_gateway(
    name: str, server: AuthorizationServer, secret: str
) -> None:
    """Another resource is an invalid target (OA-17)."""
    assert ask(server, secret, **{name: "https://gateway.example"}).status == 200
    refusal = ask(server, secret, **{name: "https://other.example"})
    assert error_of(refusal) == (400, "invalid_target")


@pytest.mark.parametrize(
    "authorization",
    [
        basic(CLIENT, "wrong"),
        basic("nobody", "wrong"),
        basic("", ""),
        basic(CLIENT, "\0"),
        basic("%00", "%zz"),
        basic("%ff", "x"),
        basic("\u00fc", "x"),
        "Basic",
        "Basic !!!",
        "Basic " + b64encode(b"no-colon").decode(),
        "Basic " + b64encode(b"\xff:\xff").decode(),
        "Bearer abc",
        "",
        None,
    ],
)
def test_nobody_learns_why_a_client_was_not_recognized(
    authorization: str | None, server: AuthorizationServer
) -> None:
    """Unknown client, wrong secret and unreadable credentials are answered alike, to the byte."""
    reply = server.token(b"grant_type=client_credentials", FORM, authorization)
    wrong = server.token(b"grant_type=client_credentials", FORM, basic(CLIENT, "another"))

    assert error_of(reply) == (401, "invalid_client")
    assert dict(reply.headers)["WWW-Authenticate"].startswith("Basic ")
    assert reply == wrong


@pytest.mark.parametrize("spelling", ["{}!", "!{}", "{}\n", "{}=", "{} {}"])
def test_right_credentials_must_be_spelled_rightly(
    spelling: str, server: AuthorizationServer, secret: str
) -> None:
    """Two spellings of one secret would be two ways past whatever counts attempts."""
    right = basic(CLIENT, secret).removeprefix("Basic ")
    authorization = "Basic " + spelling.replace("{}", right)

    reply = server.token(b"grant_type=client_credentials", FORM, authorization)

    assert error_of(reply) == (401, "invalid_client")


def test_an_unknown_client_takes_as_long_as_a_wrong_secret(server: AuthorizationServer) -> None:
    """Time does not tell which client ids exist (OA-13)."""

    def fastest(client_id: str) -> float:
        def once() -> float:
            started = thread_time()
            server.token(b"grant_type=client_credentials", FORM, basic(client_id, "wrong"))
            return thread_time() - started

        return min(once() for _ in range(5))

    assert 0.5 < fastest("nobody") / fastest(CLIENT) < 2


def test_a_client_authenticates_in_one_way_only(server: AuthorizationServer, secret: str) -> None:
    """Header and body at once are an invalid request, also when both are right (OA-13)."""
    reply = ask(server, secret, client_id=CLIENT, client_secret=secret)
    other = ask(server, secret, client_id="somebody-else")
    assertion = ask(server, secret, client_assertion="x.y.z")

    assert error_of(reply) == (400, "invalid_request")
    assert error_of(other) == (400, "invalid_request")
    assert error_of(assertion) == (400, "invalid_request")
    assert ask(server, secret, client_id=CLIENT).status == 200


@pytest.mark.parametrize(
    ("body", "error"),
    [
        (b"", "invalid_request"),
        (b"scope=system:crm:read", "invalid_request"),
        (b"grant_type=", "invalid_request"),
        (b"grant_type[]=client_credentials", "invalid_request"),
        (b"grant_type=client_credentials&grant_type=client_credentials", "invalid_request"),
        (b"grant_type=client_credentials&scope=a&scope=a", "invalid_request"),
        (b"grant_type=client_credentials&scope=%ff", "invalid_request"),
        (b"grant_type=client_credentials&scope=a%00", "invalid_request"),
        (b"grant_type=client_credentials&scope=a%0d%0ab", "invalid_request"),
        (b"grant_type=client_credentials&nothing", "invalid_request"),
        (b"grant_type=client_credentials&a=" + b"a" * 1_048_576, "invalid_request"),
        (
            b"grant_type=client_credentials&" + b"&".join(b"p%d=1" % n for n in range(50)),
            "invalid_request",
        ),
        ("grant_type=client_credentials&scope=\u00fc".encode(), "invalid_request"),
        (b'{"grant_type": "client_credentials"}', "invalid_request"),
        (b"grant_type=password&username=a&password=b", "unsupported_grant_type"),
        (b"grant_type=implicit", "unsupported_grant_type"),
        (b"grant_type=%22%3Cscript%3E", "unsupported_grant_type"),
    ],
)
def test_a_request_that_breaks_the_rules_gets_its_oauth_error(
    body: bytes, error: str, server: AuthorizationServer, secret: str
) -> None:
    """Malformed requests are refused in OAuth's words and repeat nothing (OA-22)."""
    reply = server.token(body, FORM, basic(CLIENT, secret))

    assert error_of(reply) == (400, error)
    assert b"<script" not in reply.body


@pytest.mark.parametrize(
    "content_type",
    [None, "", "application/json", "text/plain", FORM + "; charset=utf-16", "multipart/form-data"],
)
def test_only_a_form_is_read(
    content_type: str | None, server: AuthorizationServer, secret: str
) -> None:
    """Any other content type is an invalid request."""
    body = b"grant_type=client_credentials"

    reply = server.token(body, content_type, basic(CLIENT, secret))

    assert error_of(reply) == (400, "invalid_request")


def test_a_token_is_asked_for_by_post_only(server: AuthorizationServer, secret: str) -> None:
    """GET is refused and says what is allowed."""
    body = b"grant_type=client_credentials"

    reply = server.token(body, FORM, basic(CLIENT, secret), method="GET")

    assert error_of(reply) == (405, "invalid_request")
    assert dict(reply.headers)["Allow"] == "POST"


def test_neither_token_nor_secret_is_ever_logged(
    server: AuthorizationServer, secret: str, caplog: pytest.LogCaptureFixture
) -> None:
    """Even at debug level the logs hold no credential."""
    caplog.set_level(logging.DEBUG)

    token = json.loads(ask(server, secret).body)["access_token"]
    ask(server, "a-wrong-secret")

    logged = caplog.text
    assert token not in logged
    assert secret not in logged
    assert "a-wrong-secret" not in logged


def test_the_metadata_names_what_is_offered_and_no_more(server: AuthorizationServer) -> None:
    """RFC 8414 metadata has the exact issuer, and no grant or method that does not exist."""
    metadata = json.loads(server.metadata("https://gateway.example"))

    assert metadata["issuer"] == "https://strata.example"
    assert metadata["token_endpoint"] == "https://gateway.example/oauth/token"
    assert metadata["jwks_uri"] == "https://gateway.example/oauth/jwks"
    assert metadata["grant_types_supported"] == ["client_credentials"]
    assert metadata["token_endpoint_auth_methods_supported"] == [
        "client_secret_basic",
        "client_secret_post",
    ]
    assert "code_challenge_methods_supported" not in metadata
