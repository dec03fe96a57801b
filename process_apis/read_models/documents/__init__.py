"""What the books posted, kept beside them: invoices, credit notes, and payments as applied."""
