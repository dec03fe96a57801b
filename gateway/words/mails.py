"""What the fields of invoices by mail mean, by their names; see `fields.py`."""

from collections.abc import Mapping

MAILS: Mapping[str, str] = {
    "approved_by": "Who said that it leaves.",
    "client_name": "The client's name as the books have it.",
    "document_id": "The id of the invoice or credit note that it brings.",
    "drafted_at": "When it was drafted.",
    "electronic_too": "Whether the client has an address for electronic invoices.",
}
