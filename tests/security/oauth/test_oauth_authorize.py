"""What a client may ask of a person: every other request is refused to whom it is safe to."""

from urllib.parse import urlencode

import pytest

from tests.security.oauth.browser import BACK, Asking, asking, page_of, sent_back
from tests.security.oauth.judged import wrong_with
from tests.security.oauth.site import Site

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.xdist_group("oauth")]
LONG = "s" * 4_096

TO_THE_CLIENT: dict[str, tuple[Asking, str]] = {
    "OA-01 no challenge": (
        asking(code_challenge=None, code_challenge_method=None),
        "invalid_request",
    ),
    "OA-01 a method and no challenge": (asking(code_challenge=None), "invalid_request"),
    "OA-02 a challenge without a method, which is plain": (
        asking(code_challenge_method=None),
        "invalid_request",
    ),
    "OA-02 plain": (asking(code_challenge_method="plain"), "invalid_request"),
    "OA-02 s256 in small letters": (asking(code_challenge_method="s256"), "invalid_request"),
    "OA-03 a challenge of 42 letters": (asking(code_challenge="c" * 42), "invalid_request"),
    "OA-03 a challenge of 128 letters": (asking(code_challenge="c" * 128), "invalid_request"),
    "OA-03 a challenge in standard base64": (
        asking(code_challenge="+" * 43),
        "invalid_request",
    ),
    "OA-10 token": (asking(response_type="token"), "unsupported_response_type"),
    "OA-10 id_token token": (asking(response_type="id_token token"), "unsupported_response_type"),
    "OA-10 code token": (asking(response_type="code token"), "unsupported_response_type"),
    "OA-10 none": (asking(response_type="none"), "unsupported_response_type"),
    "OA-10 unknown": (asking(response_type="unknown"), "unsupported_response_type"),
    "OA-10 missing": (asking(response_type=None), "invalid_request"),
    "OA-10 an answer in the fragment": (asking(response_mode="fragment"), "invalid_request"),
    "OA-10 an answer by a form": (asking(response_mode="form_post"), "invalid_request"),
    "OA-16 a scope that there is not": (asking(scope="system:crm:rule"), "invalid_scope"),
    "OA-16 two blanks": (asking(scope="system:crm:read  x"), "invalid_scope"),
    "OA-17 another resource": (asking(resource="https://other.example"), "invalid_target"),
    "OA-25 a request object": (asking(request="e30.e30."), "request_not_supported"),
    "OA-25 a request by reference": (
        asking(request_uri="http://127.0.0.1:1/r"),
        "request_uri_not_supported",
    ),
}
# Nobody is sent anywhere that is not exactly where the client said (OA-08).
NOWHERE = {
    "another path": "http://127.0.0.1:5173/other",
    "one slash more": "http://127.0.0.1:5173/callback/",
    "a query": "http://127.0.0.1:5173/callback?x=1",
    "a way up": "http://127.0.0.1:5173/a/../callback",
    "a way up, escaped": "http://127.0.0.1:5173/%2e%2e/callback",
    "a user": "http://127.0.0.1:5173@evil.example/callback",
    "a user before it": "http://evil@127.0.0.1:5173/callback",
    "a fragment": "http://127.0.0.1:5173/callback#x",
    "capitals": "HTTP://127.0.0.1:5173/callback",
    "a path in capitals": "http://127.0.0.1:5173/CALLBACK",
    "https": "https://127.0.0.1:5173/callback",
    "a name for the loopback": "http://localhost:5173/callback",
    "another loopback": "http://127.0.0.2:5173/callback",
    "a longer name": "http://127.0.0.1.evil.example/callback",
    "a backslash": "http://127.0.0.1:5173\\@evil.example/callback",
    "no port after the colon": "http://127.0.0.1:/callback",
    "a port too long": "http://127.0.0.1:517300/callback",
    "a script": "javascript:alert(1)//127.0.0.1/callback",
    "a document": "data:text/html,x",
    "no scheme": "//127.0.0.1/callback",
    "another host": "https://evil.example/callback",
    "a blank": " http://127.0.0.1:5173/callback",
}
TO_THE_PERSON: dict[str, str] = {
    **{f"OA-08 {said}": asking(redirect_uri=uri).path for said, uri in NOWHERE.items()},
    "OA-08 none": asking(redirect_uri=None).path,
    "OA-08 two": f"{asking().path}&{urlencode({'redirect_uri': 'https://evil.example/'})}",
    "OA-08 of an unsafe request": asking(redirect_uri="https://evil.example", scope="x").path,
    "OA-10 of an unknown kind to nowhere": asking(
        redirect_uri="https://evil.example", response_type="x"
    ).path,
    "an unknown client": asking(client_id="nobody").path,
    "a machine": asking(client_id="integrator").path,
    "no client": asking(client_id=None).path,
    "two clients": f"{asking().path}&client_id=integrator",
    "nothing at all": "/oauth/authorize",
    "OA-11 a state of more than 4 KB": asking(state=LONG + "s").path,
    "OA-11 a line break in the state": asking(state="a\r\nLocation: https://evil.example").path,
    "OA-11 two states": f"{asking().path}&state=x",
    "bytes that are no UTF-8": f"{asking().path}&x=%ff",
    "a NUL": f"{asking().path}&x=%00",
}


@pytest.mark.parametrize("said", TO_THE_CLIENT)
async def test_a_wrong_request_of_a_known_client_goes_back_to_it(site: Site, said: str) -> None:
    """With OAuth's word for it, the client's state, and who we are (OA-11, OA-12)."""
    request, error = TO_THE_CLIENT[said]

    answer = await site.send("GET", request.path)

    assert answer.status == 303
    assert wrong_with(answer, site) == []
    where, told = sent_back(answer.headers)
    assert where == BACK
    assert (told["error"], told["state"]) == (error, request.parameters["state"])
    assert told["iss"] == site.base_url
    assert "set-cookie" not in answer.headers


@pytest.mark.parametrize("said", TO_THE_PERSON)
async def test_a_request_from_nobody_known_is_told_to_the_person_only(
    site: Site, said: str
) -> None:
    """There is no redirect to an address that was not checked (OA-08)."""
    answer = await site.send("GET", TO_THE_PERSON[said])

    assert answer.status == 400
    assert wrong_with(answer, site) == []
    assert "location" not in answer.headers
    assert "set-cookie" not in answer.headers
    assert b"evil.example" not in answer.body


@pytest.mark.parametrize("back", [BACK, "http://127.0.0.1/callback", "http://[::1]:9/callback"])
async def test_a_program_on_the_persons_machine_may_take_any_port(site: Site, back: str) -> None:
    """Of a loopback literal only the port may differ (RFC 8252)."""
    answer = await site.send("GET", asking(redirect_uri=back).path)

    assert answer.status == 200
    assert page_of(answer.headers, answer.body).hidden["redirect_uri"] == back


async def test_a_page_shows_nothing_that_could_run_or_be_kept(site: Site) -> None:
    """No script, no outside asset, no frame, no store, and a cookie for this page alone."""
    markup = '"><script>alert(1)</script>'
    answer = await site.send("GET", asking(state=markup, x=markup).path)

    page = page_of(answer.headers, answer.body)
    assert answer.status == 200
    assert [fault for fault in wrong_with(answer, site) if not fault.startswith("is 200")] == []
    assert page.hidden["state"] == markup
    attributes = answer.headers["set-cookie"].split("; ")[1:]
    assert set(attributes) == {
        "Path=/oauth/authorize",
        "Max-Age=600",
        "HttpOnly",
        "SameSite=Strict",
    }


@pytest.mark.parametrize("state", ["~!*'()", "a b&c=d#e%20+", LONG], ids=["odd", "parts", "4 KB"])
async def test_a_state_comes_back_as_it_was(site: Site, state: str) -> None:
    """To the letter, with the issuer beside it (OA-11, OA-12)."""
    request = asking(state=state)
    page = await site.page(request)

    answer = await site.answer(page, page.filled("U-RM1", site.word))

    where, told = sent_back(answer.headers)
    assert where == BACK
    assert told.keys() == {"code", "state", "iss"}
    assert (told["state"], told["iss"]) == (state, site.base_url)


async def test_without_a_state_there_is_none_in_the_answer(site: Site) -> None:
    """Nothing is made up (OA-11)."""
    page = await site.page(asking(state=None))

    answer = await site.answer(page, page.filled("U-RM1", site.word, "deny"))

    _, told = sent_back(answer.headers)
    assert told.keys() == {"error", "error_description", "iss"}
    assert told["error"] == "access_denied"
