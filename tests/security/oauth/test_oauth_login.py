"""The page that people log in on: nobody else sends it, guesses at it or uses it twice."""

import pytest

from tests.security.oauth.browser import asking, page_of, sent_back
from tests.security.oauth.judged import wrong_with
from tests.security.oauth.site import Site

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.xdist_group("oauth")]


async def test_a_form_without_the_page_it_came_from_is_nobodys(site: Site) -> None:
    """No cookie, another page's cookie or token, or another request than was shown (OA-23)."""
    page, other = await site.page(asking()), await site.page(asking())
    form = page.filled("U-ST1", site.word)
    path = "/oauth/authorize"
    stale = {
        "no cookie": await site.send("POST", path, form=form),
        "another cookie": await site.answer(other, form),
        "another token": await site.answer(page, {**form, "csrf": other.hidden["csrf"]}),
        "no token": await site.answer(page, {**form, "csrf": ""}),
        "another state": await site.answer(page, {**form, "state": "x"}),
        "more scope": await site.answer(page, {**form, "scope": "governance:clock:write"}),
    }

    assert {said: answer.status for said, answer in stale.items()} == dict.fromkeys(stale, 400)
    assert [wrong_with(answer, site) for answer in stale.values()] == [[]] * len(stale)
    assert (await site.answer(page, form)).status == 303


async def test_a_page_is_answered_once(site: Site) -> None:
    """Sent twice, the second gives no code (OA-23)."""
    page = await site.page(asking())
    form = page.filled("U-ST1", site.word)

    first, second = await site.answer(page, form), await site.answer(page, form)

    assert (first.status, second.status) == (303, 400)
    assert "code" in sent_back(first.headers)[1]


async def test_a_redirect_that_is_changed_in_the_form_leads_nowhere(site: Site) -> None:
    """The form is judged as the request was (OA-08, OA-23)."""
    page = await site.page(asking())
    form = {**page.filled("U-ST1", site.word), "redirect_uri": "https://evil.example/"}

    answer = await site.answer(page, form)

    assert answer.status == 400
    assert "location" not in answer.headers
    assert wrong_with(answer, site) == []


async def test_a_client_fills_in_nothing_of_the_form(site: Site) -> None:
    """Who a person is, their word and their decision come from them alone (OA-23)."""
    page = await site.page(asking(person="U-FI1", word="x", decision="allow", csrf="x"))

    answer = await site.answer(page, page.filled("U-LM1", site.word))

    assert page.hidden.keys().isdisjoint({"person", "word", "decision"})
    assert page.hidden["csrf"] != "x"
    assert answer.status == 303


async def test_every_page_has_a_cookie_of_its_own(site: Site) -> None:
    """One that a browser brings is never taken over (OA-28)."""
    planted = {"cookie": "strata_login=1.planted"}
    answers = [await site.send("GET", asking().path, headers=planted) for _ in range(2)]

    cookies = {page_of(answer.headers, answer.body).cookie for answer in answers}

    assert len(cookies) == 2
    assert not [cookie for cookie in cookies if "planted" in cookie]


async def test_a_stranger_and_a_wrong_word_are_answered_alike(site: Site) -> None:
    """To the letter, but for what is new with every page (OA-27)."""
    told = []
    for person, word in [("U-SD1", "wrong"), ("nobody", site.word), ("nobody", "wrong")]:
        page = await site.page(asking(code_challenge="c" * 43))
        answer = await site.answer(page, page.filled(person, word))
        again = page_of(answer.headers, answer.body)
        assert wrong_with(answer, site) == []
        told.append((answer.status, answer.body.replace(again.hidden["csrf"].encode(), b"")))

    assert told[0][0] == 403
    assert told == [told[0]] * 3


async def test_guessing_is_stopped_by_person(site: Site) -> None:
    """After ten tries in a minute also from other addresses, and with the right word (OA-27)."""
    page = await site.page(asking())
    for _ in range(21):
        answer = await site.answer(page, page.filled("U-EX1", "wrong"))
        if answer.status == 429:
            break
    right = await site.answer(page, page.filled("U-EX1", site.word))

    assert (answer.status, right.status) == (429, 429)
    assert int(right.headers["retry-after"]) <= 60
    assert wrong_with(right, site) == []


async def test_guessing_is_stopped_by_address(site: Site) -> None:
    """Whoever it is tried for (OA-27)."""
    page, address = await site.page(asking()), site.new_address()
    for turn in range(62):
        form = page.filled(f"U-{turn}", "wrong")
        answer = await site.answer(page, form, address=address)
        if answer.status == 429:
            break

    assert answer.status == 429
    assert wrong_with(answer, site) == []
