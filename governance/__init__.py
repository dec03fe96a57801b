"""Ownership, versions, identity, limits and audit of every API."""
