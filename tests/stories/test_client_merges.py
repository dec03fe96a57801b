"""Two clients become one, and two again; one person asks, a steward decides."""

from pathlib import Path

from experience_apis.worklist.v1 import Worklist
from process_apis.approvals.requests import Approval
from process_apis.approvals.v1 import ApprovalList
from process_apis.client_matching.merges import ClientMerge, MergeState
from process_apis.client_matching.register import KnownMatch
from process_apis.client_matching.rules import Verdict
from process_apis.client_matching.v1 import MatchList
from process_apis.runs import Run
from system_apis.canonical.party import Client
from system_apis.canonical.record import Page
from tests.stories.engagement import Scene, scene
from tests.stories.people import Answer, until

API = "/process/client-matching/v1/merges"
REASON = {"reason": "one firm, entered twice"}
MATCHES = "/process/client-matching/v1/matches"
SCANS = "/process/client-matching/v1/scans"
# A company whose ledger does not have the record C-81.
OTHER = "NWA-US"
NOBODY = f"cl_{'0' * 26}"


async def test_two_clients_are_merged_and_parted_again_through_a_kill(tmp_path: Path) -> None:
    """What is asked for twice is one merge; every id leads to a record all the while."""
    async with scene(tmp_path) as stage:
        sold, booked, lone = await _three(stage)
        wish = {"survivor_id": sold, "merged_id": lone, **REASON}
        asked = [await stage.people.call("finance", "POST", API, wish) for _ in range(2)]
        where = asked[0].headers["Location"]
        question = await stage.engagement.asked("steward", "merge Contoso Healthcare")
        by_finance = await stage.engagement.decide("finance", question)
        before = await _merge(stage, where)
        await stage.engagement.decide("steward", question)
        await stage.gateway.kill()
        await stage.gateway.start()
        merged = await _until(stage, where, MergeState.MERGED)
        names = [await _client(stage, "erp", lone), await _client(stage, "crm", lone)]
        again = await stage.people.call("finance", "POST", API, wish)
        undo = [
            await stage.people.call("finance", "POST", f"{where}/unmerge", REASON) for _ in range(2)
        ]
        await stage.engagement.approve("steward", "part Contoso Healthcare")
        parted = await _until(stage, where, MergeState.UNMERGED)
        after = await _three(stage)
        code, said = await stage.gateway.run("audit", "verify")

    keys = [each.read(Run).key for each in (*asked, again, *undo)]
    assert [keys.count(each) for each in keys] == [3, 3, 3, 2, 2]
    assert by_finance.status == 404
    assert (before.state, before.asked.by) == (MergeState.ASKED, "U-FI1")
    assert merged.decided is not None
    assert merged.decided.by == "U-ST1"
    assert [(each.id, each.number) for each in names] == [(sold, "C-81"), (sold, "CL-1")]
    assert parted.unmerge_decided is not None
    # The deal's own set-up may link its ERP's record by its tax id meanwhile.
    assert (after[0], after[2]) == (sold, lone)
    assert after[1] in {booked, sold}
    assert code == 0, said


async def _pending(stage: Scene) -> Approval | None:
    """Return what is asked about the merge, offered to its reader or not."""
    asked = await stage.people.read("steward", "/process/approvals/v1/", ApprovalList)
    return next((each for each in asked.items if "merge Contoso" in each.title), None)


async def test_a_steward_does_not_decide_on_a_merge_of_her_own(tmp_path: Path) -> None:
    """Nothing moves, and a rejected wish can be made anew."""
    async with scene(tmp_path) as stage:
        sold, _, lone = await _three(stage)
        wish = {"survivor_id": sold, "merged_id": lone, **REASON}
        own = await stage.people.call("steward", "POST", API, wish)
        assert own.status == 202, own.body
        question = await until(lambda: _pending(stage), "the question about it")
        said = {"decision": "approve", "version": question.subject_version}
        address = f"/process/approvals/v1/{question.id}/decision"
        decided = await stage.people.call("steward", "POST", address, said)
        offered = await stage.people.read("steward", "/experience/worklist/v1/", Worklist)
        still = await _merge(stage, own.headers["Location"])
        by_manager = await stage.people.call("project_manager", "POST", API, wish)

    assert decided.status == 403
    assert question.title not in {each.title for each in offered.items}
    assert still.state is MergeState.ASKED
    assert by_manager.status == 403


async def test_a_merge_that_another_asks_for_in_other_words_is_the_same(tmp_path: Path) -> None:
    """The pair is what is asked for; who asked first stays the one who may not decide."""
    async with scene(tmp_path) as stage:
        sold, _, lone = await _three(stage)
        wish = {"survivor_id": sold, "merged_id": lone}
        first = await stage.people.call("finance", "POST", API, wish | REASON)
        other = await stage.people.call("steward", "POST", API, wish | {"reason": "a twin"})
        where = first.headers["Location"]
        asked = await _merge(stage, where)
        await stage.engagement.approve("steward", "merge Contoso Healthcare")
        await _until(stage, where, MergeState.MERGED)
        undo = [
            await stage.people.call(who, "POST", f"{where}/unmerge", {"reason": who})
            for who in ("finance", "steward")
        ]
        await stage.engagement.approve("steward", "part Contoso Healthcare")
        parted = await _until(stage, where, MergeState.UNMERGED)

    assert [each.status for each in (first, other, *undo)] == [202] * 4
    assert other.headers["Location"] == where
    assert first.read(Run).key == other.read(Run).key
    assert (asked.asked.by, asked.asked.reason) == ("U-FI1", REASON["reason"])
    assert parted.unmerge_asked is not None
    assert (parted.unmerge_asked.by, parted.unmerge_asked.reason) == ("U-FI1", "finance")


async def test_who_does_not_see_a_ledger_neither_merges_nor_parts_what_is_in_it(
    tmp_path: Path,
) -> None:
    """For them the client is none, and the merge is none; nothing is written down."""
    async with scene(tmp_path) as stage:
        sold, _, lone = await _three(stage)
        wish = {"survivor_id": sold, "merged_id": lone, **REASON}
        back = {"survivor_id": lone, "merged_id": sold, **REASON}
        call = stage.people.call
        foreign = [await call("finance", "POST", API, each, entity=OTHER) for each in (wish, back)]
        unknown = await call("finance", "POST", API, wish | {"merged_id": NOBODY}, entity=OTHER)
        nothing = await call("finance", "GET", API)
        where = (await call("finance", "POST", API, wish)).headers["Location"]
        await _merge(stage, where)
        await stage.engagement.approve("steward", "merge Contoso Healthcare")
        await _until(stage, where, MergeState.MERGED)
        hidden = [
            await call("finance", "GET", where, entity=OTHER),
            await call("finance", "POST", f"{where}/unmerge", REASON, entity=OTHER),
            await call("finance", "GET", f"{API}/mrg_0", entity=OTHER),
        ]
        listed = await call("finance", "GET", API, entity=OTHER)
        seen = await call("finance", "GET", where)

    said = [each.body.replace(lone.encode(), NOBODY.encode()) for each in (*foreign, unknown)]
    assert [each.status for each in (*foreign, unknown)] == [422] * 3
    assert b"merged_id: no system has the client" in said[0]
    assert b"survivor_id: no system has the client" in said[1]
    assert nothing.body == b'{"items":[],"next_cursor":null}'
    assert [each.status for each in hidden] == [404] * 3
    assert listed.body == b'{"items":[],"next_cursor":null}'
    assert seen.status == 200


async def test_what_stewards_say_of_a_merge_answers_what_a_scan_asked(tmp_path: Path) -> None:
    """The open question is withdrawn; what was parted is neither asked nor linked again."""
    async with scene(tmp_path) as stage:
        await _scan(stage, "first")
        sold, booked, lone = await _three(stage)
        open_before = await _questions(stage)
        wish = {"survivor_id": sold, "merged_id": lone, **REASON}
        where = (await stage.people.call("finance", "POST", API, wish)).headers["Location"]
        await stage.engagement.approve("steward", "merge Contoso Healthcare")
        linked = await until(lambda: _found(stage, Verdict.LINK), "the match that is settled")
        open_between = await _questions(stage)
        await stage.people.call("finance", "POST", f"{where}/unmerge", REASON)
        await stage.engagement.approve("steward", "part Contoso Healthcare")
        await until(lambda: _found(stage, Verdict.DIFFERENT), "the match that is none")
        await _scan(stage, "second")
        open_after, after = await _questions(stage), await _three(stage)

    assert (len(open_before), open_between, open_after) == (1, [], [])
    assert linked.decided_by == "U-ST1"
    assert after == (sold, booked, lone)


async def test_what_stewards_parted_is_not_linked_by_an_equal_number(tmp_path: Path) -> None:
    """A rule does not take back what people said."""
    async with scene(tmp_path) as stage:
        sold, booked = await _crm(stage, "CL-4"), await _erp(stage, "C-77")
        wish = {"survivor_id": sold, "merged_id": booked, **REASON}
        where = (await stage.people.call("finance", "POST", API, wish)).headers["Location"]
        await stage.engagement.approve("steward", "merge BRITANNIA RAIL LTD")
        await _until(stage, where, MergeState.MERGED)
        await stage.people.call("finance", "POST", f"{where}/unmerge", REASON)
        await stage.engagement.approve("steward", "part BRITANNIA RAIL LTD")
        await _until(stage, where, MergeState.UNMERGED)
        await _scan(stage, "after")
        after = await _erp(stage, "C-77")

    assert after == booked


async def test_a_merge_whose_records_moved_meanwhile_moves_nothing_and_is_a_case(
    tmp_path: Path,
) -> None:
    """A scan's question linked them first; an undoing after that finds other ground, too."""
    async with scene(tmp_path) as stage:
        sold, _, lone = await _three(stage)
        wish = {"survivor_id": sold, "merged_id": lone, **REASON}
        where = (await stage.people.call("finance", "POST", API, wish)).headers["Location"]
        late = await stage.engagement.asked("steward", "merge Contoso Healthcare")
        await stage.people.call("steward", "POST", SCANS, {"occasion": "first"})
        await stage.engagement.approve("steward", "one client? ")
        await until(lambda: _linked(stage, sold), "the link of the scan")
        await stage.engagement.decide("steward", late)
        overtaken = await _until(stage, where, MergeState.OVERTAKEN)
        case = await stage.engagement.asked("steward", "GROUND_MOVED")
        again = await stage.people.call("finance", "POST", API, wish)
        undo = await stage.people.call("finance", "POST", f"{where}/unmerge", REASON)

    assert overtaken.decided is not None
    assert case.role == "steward"
    assert (again.status, b"goes by" in again.body) == (422, True)
    assert undo.status == 409


async def test_what_cannot_be_one_client_is_refused_by_field(tmp_path: Path) -> None:
    """Each refusal says what to do, and writes nothing down."""
    async with scene(tmp_path) as stage:
        sold = await _crm(stage, "CL-1")
        tulp, tulip = [await _crm(stage, each) for each in ("CL-3", "001A09")]
        wishes = {
            "merged_id: a client is not merged into itself": (sold, sold),
            "merged_id: no system has": (sold, NOBODY),
            "survivor_id: no system has": (NOBODY, sold),
            "override_reason: two valid tax ids": (tulp, tulip),
        }
        refused = {
            words: await stage.people.call(
                "finance", "POST", API, {"survivor_id": one, "merged_id": other, **REASON}
            )
            for words, (one, other) in wishes.items()
        }
        listed = await stage.people.call("finance", "GET", API)
        unknown = await stage.people.call("finance", "GET", f"{API}/mrg_0")

    assert {words: each.status for words, each in refused.items()} == dict.fromkeys(wishes, 422)
    assert [words for words, each in refused.items() if words.encode() not in each.body] == []
    assert listed.body == b'{"items":[],"next_cursor":null}'
    assert unknown.status == 404


async def _three(stage: Scene) -> tuple[str, str, str]:
    """Return our ids of Contoso in the CRM and in two ledgers."""
    booked, lone = [await _erp(stage, each) for each in ("CUST-1001", "C-81")]
    return await _crm(stage, "CL-1"), booked, lone


async def _scan(stage: Scene, occasion: str) -> None:
    """Have every record compared, and wait until that is done."""
    asked = await stage.people.call("steward", "POST", SCANS, {"occasion": occasion})

    async def done() -> bool:
        answer = await stage.people.call("steward", "POST", SCANS, {"occasion": occasion})
        return answer.read(Run).status == "done"

    assert asked.status == 202
    await until(done, "the scan")


async def _questions(stage: Scene) -> list[str]:
    """Return what the steward is asked about clients that look alike."""
    found = await stage.people.read("steward", "/experience/worklist/v1/", Worklist)
    return [each.title for each in found.items if "one client? " in each.title]


async def _found(stage: Scene, verdict: Verdict) -> KnownMatch | None:
    """Return the match of Contoso's records in CRM and second ledger, if that is what is said."""
    known = await stage.people.read("steward", MATCHES, MatchList)
    return next(
        (
            each
            for each in known.items
            if (each.left_system, each.right_record) == ("crm", "C-81") and each.verdict is verdict
        ),
        None,
    )


async def _linked(stage: Scene, client_id: str) -> bool:
    return await _erp(stage, "C-81") == client_id


async def _crm(stage: Scene, number: str) -> str:
    path = f"/system/crm/v1/clients?number={number}"
    return (await stage.people.read("steward", path, Page[Client])).items[0].id


async def _erp(stage: Scene, number: str) -> str:
    path, cursor = f"/system/erp/v1/clients?number={number}", ""
    while True:
        page = await stage.people.read("steward", path + cursor, Page[Client])
        if page.items:
            return page.items[0].id
        cursor = f"&cursor={page.next_cursor}"


async def _client(stage: Scene, system: str, client_id: str) -> Client:
    return await stage.people.read("steward", f"/system/{system}/v1/clients/{client_id}", Client)


async def _merge(stage: Scene, where: str) -> ClientMerge:
    async def there() -> ClientMerge | None:
        answer: Answer = await stage.people.call("finance", "GET", where)
        return answer.read(ClientMerge) if answer.status == 200 else None

    return await until(there, "the merge")


async def _until(stage: Scene, where: str, state: MergeState) -> ClientMerge:
    async def reached() -> ClientMerge | None:
        merge = await _merge(stage, where)
        return merge if merge.state is state else None

    return await until(reached, f"the merge being {state}")
