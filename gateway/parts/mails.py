"""The parts of mailing put together: what drafts invoices and credit notes, and sends them."""

from gateway.firm import Firm
from gateway.foundation import Foundation
from process_apis.approvals.decisions import Approvals
from process_apis.notices.looking import Telling
from process_apis.project_to_cash.credits.crediting import Crediting
from process_apis.project_to_cash.mailing.drafting import Drafting
from process_apis.project_to_cash.mailing.process import Mailing
from process_apis.project_to_cash.mailing.register import MailRegister
from process_apis.project_to_cash.mailing.sending import Sending


def mailing_of(
    firm: Firm, base: Foundation, crediting: Crediting, approvals: Approvals, telling: Telling
) -> Mailing:
    """Make what brings clients their invoices and credit notes."""
    register = MailRegister(base.store, base.audit)
    drafting = Drafting(
        systems=crediting.systems,
        billing=crediting.billing,
        credits=crediting.credits,
        register=register,
        approvals=approvals,
        entities=firm.legal_entities(),
        law=firm.electronic_invoicing(),
        channel=telling.letters,
        clock=base.clock.now,
    )
    sending = Sending(
        drafting=drafting,
        register=register,
        approvals=approvals,
        outgoing=telling.outgoing,
        clock=base.clock.now,
    )
    return Mailing(drafting, sending)
