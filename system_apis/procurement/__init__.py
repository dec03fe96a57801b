"""Procurement: vendors, purchase orders, service receipts and vendor bills."""
