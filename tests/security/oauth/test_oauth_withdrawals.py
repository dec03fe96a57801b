"""An operator takes access away: tokens that live on open nothing more, until it is given back."""

import json

import pytest

from tests.security.oauth.browser import asking, sent_back
from tests.security.oauth.judged import wrong_with
from tests.security.oauth.site import Site
from tests.security.routes.oracle import Answer

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.xdist_group("oauth")]
WITHDRAWALS = "/governance/v1/access/withdrawals"
CLIENTS, INVOICES = "/system/crm/v2/clients", "/system/erp/v1/invoices"


async def told(site: Site, token: str, method: str, path: str, body: object) -> Answer:
    """Tell the gateway something as whoever has a token."""
    headers = {"authorization": f"Bearer {token}", "content-type": "application/json"}
    return await site.send(method, path, body=json.dumps(body).encode(), headers=headers)


async def taken(site: Site, operator: str, **what: object) -> str:
    """Take access away, and return the id of it."""
    answer = await told(site, operator, "PUT", WITHDRAWALS, {"reason": "left the firm", **what})
    assert answer.status == 200, answer.body
    return str(json.loads(answer.body)["id"])


async def test_a_person_has_no_access_until_it_is_given_back(site: Site) -> None:
    """Their token is none, a new one is not to be had, and then both are again (OA-19, AZ-25)."""
    operator, person = await site.person_token("U-OP1"), await site.person_token("U-SD1")
    assert await site.takes(person) == 200

    gone = await taken(site, operator, target={"subject": "U-SD1"})
    refused = await site.takes(person)
    page = await site.page(asking())
    turned_away = await site.answer(page, page.filled("U-SD1", site.word))
    back = await told(site, operator, "DELETE", f"{WITHDRAWALS}/{gone}", {"reason": "came back"})

    assert refused == 401
    assert sent_back(turned_away.headers)[1]["error"] == "access_denied"
    assert back.status == 200
    assert await site.takes(person) == 200
    assert await site.person_token("U-SD1")


async def test_a_machine_loses_what_is_named_and_nothing_else(site: Site) -> None:
    """A scope is a 403 from then on, also to a token that was issued with it."""
    operator, machine = await site.person_token("U-OP1"), await site.machine_token("other")
    target = {"client_id": "other"}

    gone = await taken(site, operator, target=target, scopes=["system:crm:read"])
    part = (await site.takes(machine, CLIENTS), await site.takes(machine, INVOICES))
    again = await taken(site, operator, target=target)
    whole = (await site.takes(machine, CLIENTS), await site.takes(machine, INVOICES))
    form = {"grant_type": "client_credentials"}
    new = await site.send("POST", "/oauth/token", form=form, headers=site.basic("other"))
    about = await site.send(
        "POST", "/oauth/introspect", form={"token": machine}, headers=site.basic("other")
    )
    await told(site, operator, "DELETE", f"{WITHDRAWALS}/{gone}", {"reason": "mended"})

    assert part == (403, 200)
    assert (gone, whole) == (again, (401, 401))
    assert json.loads(new.body)["error"] == "unauthorized_client"
    assert wrong_with(new, site) == []
    assert json.loads(about.body) == {"active": False}
    assert await site.takes(machine, CLIENTS) == 200


async def test_nobody_takes_their_own_access_or_without_the_scope(site: Site) -> None:
    """An operator asks another one; who is none may not at all."""
    operator, clerk = await site.person_token("U-OP1"), await site.person_token("U-FI1")
    own = {"target": {"subject": "U-OP1"}, "reason": "a slip"}

    answers = [await told(site, each, "PUT", WITHDRAWALS, own) for each in (operator, clerk)]

    assert [answer.status for answer in answers] == [403, 403]
    assert [wrong_with(answer, site) for answer in answers] == [[], []]
    assert await site.takes(operator) == 200
