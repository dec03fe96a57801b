"""Invoices and credit notes that reach their clients by mail."""
