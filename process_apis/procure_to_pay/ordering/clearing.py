"""Onboarding of vendors: what was looked at, by whom, and whether they may be ordered from."""

from collections.abc import Callable, Sequence
from datetime import datetime

from msgspec import Struct
from msgspec.structs import replace

from governance.access import Caller, Forbidden, acting_as, current_caller
from governance.editions import Editions
from process_apis.errors import Conflict, NoSuchRecord
from process_apis.papers import Papers
from process_apis.procure_to_pay.ordering import rules
from process_apis.procure_to_pay.ordering.requests import (
    CheckDone,
    Clearance,
    ClearanceStage,
    VendorFile,
)
from process_apis.procure_to_pay.rules import NAME
from process_apis.procure_to_pay.terms import Check, ProcureToPayTerms
from system_apis.canonical.procurement import Vendor
from system_apis.systems import Systems


class Clearing(Struct, frozen=True):
    """Keeps a file of each vendor for each company that buys from it."""

    systems: Systems
    files: Papers[VendorFile]
    terms: Editions[ProcureToPayTerms]
    clock: Callable[[], datetime]

    async def clearance(self, vendor_id: str, legal_entity: str) -> Clearance:
        """Return whether a company may order from a vendor now, and what is missing.

        Whoever asks: the vendor's accounts are looked at by the process, and are not shown.
        """
        with acting_as(_looker(legal_entity)):
            vendor = await self.systems.procurement.vendor(vendor_id)
        file = await self._file(vendor_id, legal_entity)
        edition = self.terms.on(self.clock().date())
        lacks = rules.missing(vendor, file, edition.terms, self.clock())
        return Clearance(
            vendor_id=vendor_id,
            legal_entity=legal_entity,
            is_cleared=not lacks,
            missing=lacks,
            done=file.checks if file else (),
            terms_version=edition.version,
        )

    async def note(
        self, vendor_id: str, legal_entity: str, item: Check, evidence: str, *, by: Caller
    ) -> Clearance:
        """Write down that somebody looked at an item of a vendor's checklist.

        A bank account is verified by calling the vendor back: raises `Forbidden` for who
        entered it, and `Conflict` when no account waits for it.
        """
        vendor = await self.systems.procurement.vendor(vendor_id)
        account = _called_about(vendor, by) if item is Check.BANK_VERIFIED else None
        now = self.clock()
        done = CheckDone(
            item=item, evidence=evidence, done_by=by.subject, done_at=now, account=account
        )
        new = VendorFile(
            id=_file_id(vendor_id, legal_entity),
            legal_entity=legal_entity,
            vendor_id=vendor_id,
            stage=ClearanceStage.OPEN,
            opened_at=now,
        )
        await self.files.open(new, by=by)
        await self.files.decided(new.id, self._with(done, vendor, now))
        return await self.clearance(vendor_id, legal_entity)

    def _with(
        self, done: CheckDone, vendor: Vendor, now: datetime
    ) -> Callable[[VendorFile, Sequence[VendorFile]], VendorFile]:
        terms = self.terms.on(now.date()).terms

        def decide(file: VendorFile, _: Sequence[VendorFile]) -> VendorFile:
            if any(replace(each, done_at=now) == done for each in file.checks):
                return file
            now_has = rules.with_check(file, done)
            lacks = rules.missing(vendor, now_has, terms, now)
            return rules.file_as_it_stands(now_has, lacks)

        return decide

    async def called_back(self, vendor_id: str, legal_entity: str) -> frozenset[tuple[str, str]]:
        """Return about which accounts a vendor was called back, and by whom."""
        return rules.called_back(await self._file(vendor_id, legal_entity))

    async def _file(self, vendor_id: str, legal_entity: str) -> VendorFile | None:
        try:
            return await self.files.get(_file_id(vendor_id, legal_entity))
        except NoSuchRecord:
            return None


def _looker(legal_entity: str) -> Caller:
    """Return the process as it looks a vendor up for somebody of a company."""
    return Caller(
        subject=f"process:{NAME}",
        client_id=f"process:{NAME}",
        scopes=frozenset({"system:procurement:read", "system:procurement:read_bank"}),
        entities=frozenset({legal_entity}),
        on_behalf_of=current_caller().subject,
    )


def _called_about(vendor: Vendor, by: Caller) -> str:
    """Return the account that waits for a second person."""
    waiting = [each for each in vendor.bank_accounts or () if not each.is_verified]
    if not waiting:
        raise Conflict("no account of this vendor waits for a call-back")
    if by.subject == waiting[0].entered_by:
        raise Forbidden("a second person calls back, not who entered the account")
    return waiting[0].masked


def _file_id(vendor_id: str, legal_entity: str) -> str:
    return f"vf_{vendor_id}_{legal_entity}"
