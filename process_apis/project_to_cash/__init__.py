"""From approved work to an invoice that is posted and paid."""
