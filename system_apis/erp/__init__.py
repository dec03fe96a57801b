"""Enterprise resource planning: invoices, payments, fiscal periods."""
