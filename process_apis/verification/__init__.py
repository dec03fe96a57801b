"""Verification: what must always hold of the firm's records, looked at on live data."""
