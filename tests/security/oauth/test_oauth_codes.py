"""A code is good once, within a minute, for whom it was given and for what was allowed."""

import json
import sqlite3
from contextlib import closing

import pytest

from governance.compact_token import read
from tests.security.oauth.browser import asking
from tests.security.oauth.judged import wrong_with
from tests.security.oauth.site import Site

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.xdist_group("oauth")]
WORKLIST = "/experience/worklist/v1"
UNFIT: dict[str, tuple[dict[str, str | None], str]] = {
    "OA-03 a wrong verifier": ({"code_verifier": "v" * 43}, "invalid_grant"),
    "OA-03 a verifier of 42 letters": ({"code_verifier": "v" * 42}, "invalid_grant"),
    "OA-03 a verifier of 129 letters": ({"code_verifier": "v" * 129}, "invalid_grant"),
    "OA-03 no verifier": ({"code_verifier": None}, "invalid_request"),
    "OA-04 a code that there is not": ({"code": "c" * 43}, "invalid_grant"),
    "OA-04 no code": ({"code": None}, "invalid_request"),
    "OA-07 a machine, by its id alone": ({"client_id": "integrator"}, "invalid_client"),
    "OA-07 nobody": ({"client_id": "nobody"}, "invalid_client"),
    "OA-07 without a client": ({"client_id": None}, "invalid_client"),
    "OA-08 another redirect": ({"redirect_uri": "http://127.0.0.1:9/callback"}, "invalid_grant"),
    "OA-08 no redirect": ({"redirect_uri": None}, "invalid_request"),
    "OA-17 another resource": ({"resource": "https://other.example"}, "invalid_target"),
}


@pytest.mark.parametrize("said", UNFIT)
async def test_a_code_that_is_not_shown_rightly_gives_nothing(site: Site, said: str) -> None:
    """And stays good for whoever shows it rightly."""
    changes, error = UNFIT[said]
    request = asking()
    code = await site.code(request)

    answer = await site.redeemed(request, code, **changes)
    right = await site.redeemed(request, code)

    assert wrong_with(answer, site) == []
    assert json.loads(answer.body)["error"] == error
    assert right.status == 200


async def test_a_verifier_belongs_to_one_code(site: Site) -> None:
    """The verifier of another request of the same client is wrong (OA-04)."""
    mine, other = asking(), asking()
    code = await site.code(mine)

    answer = await site.redeemed(mine, code, code_verifier=other.verifier)

    assert json.loads(answer.body)["error"] == "invalid_grant"


async def test_a_machine_cannot_show_a_persons_code(site: Site) -> None:
    """Also not with its own secret (OA-07)."""
    request = asking()
    code = await site.code(request)
    form = request.token_form(code, client_id=None)

    answer = await site.send("POST", "/oauth/token", form=form, headers=site.basic())

    assert wrong_with(answer, site) == []
    assert json.loads(answer.body)["error"] == "unauthorized_client"


async def test_a_code_that_comes_twice_ends_the_token_of_the_first_time(site: Site) -> None:
    """Whoever has it a second time may have stolen it: nobody keeps anything (OA-05)."""
    request = asking()
    code = await site.code(request)
    token = json.loads((await site.redeemed(request, code)).body)["access_token"]
    assert await site.takes(token, WORKLIST) == 200

    second = await site.redeemed(request, code)

    assert json.loads(second.body)["error"] == "invalid_grant"
    assert await site.takes(token, WORKLIST) == 401
    [entry] = audited(site, read(token).claims.jti, "token.revoke")
    assert "second time" in entry


async def test_a_code_is_old_after_a_minute(site: Site) -> None:
    """A code from 61 seconds ago gives nothing (OA-06)."""
    request = asking()
    code = await site.code(request)
    age(site, seconds=61)

    answer = await site.redeemed(request, code)

    assert json.loads(answer.body)["error"] == "invalid_grant"


async def test_nobody_has_more_than_they_allowed_or_their_roles_give(site: Site) -> None:
    """A token has what was asked for, allowed and held, and at the end no more (OA-16)."""
    wide = asking(scope="experience:worklist:read governance:clock:write")
    answer = await site.redeemed(wide, await site.code(wide, "U-LM1"))
    narrow = asking(scope="experience:worklist:read")
    code = await site.code(narrow, "U-LM1")

    more = await site.redeemed(narrow, code, scope="governance:clock:read")

    assert json.loads(answer.body)["scope"] == "experience:worklist:read"
    assert json.loads(more.body)["error"] == "invalid_scope"


async def test_what_was_allowed_for_one_layer_stays_in_it(site: Site) -> None:
    """A code for the experience layer gives no token for the system layer (OA-17, AZ-15)."""
    request = asking(resource=f"{site.base_url}/experience")
    token = json.loads((await site.redeemed(request, await site.code(request))).body)
    other = await site.redeemed(
        request, await site.code(request), resource=f"{site.base_url}/system"
    )

    assert await site.takes(token["access_token"], WORKLIST) == 200
    assert await site.takes(token["access_token"], "/system/crm/v2/clients") == 401
    assert json.loads(other.body)["error"] == "invalid_target"


async def test_a_code_is_kept_as_a_hash_only(site: Site) -> None:
    """Who reads the database has no code that could be shown."""
    code = await site.code(asking())

    held = (site.gateway.data_dir / "strata.sqlite").read_bytes()
    held += (site.gateway.data_dir / "strata.sqlite-wal").read_bytes()

    assert code.encode() not in held


def audited(site: Site, subject: str, action: str) -> list[str]:
    """Return the reasons of the entries of an action on a subject."""
    with closing(sqlite3.connect(site.gateway.data_dir / "strata.sqlite")) as store:
        query = "SELECT reason FROM audit WHERE subject = ? AND action = ?"
        return [str(row[0]) for row in store.execute(query, (subject, action))]


def age(site: Site, *, seconds: int) -> None:
    """Let every code be older, as if time had gone by."""
    with closing(sqlite3.connect(site.gateway.data_dir / "strata.sqlite", timeout=30)) as store:
        store.execute("UPDATE authorization_codes SET until = until - ?", (seconds,))
        store.commit()
