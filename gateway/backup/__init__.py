"""Backups of a data directory: taken while a gateway runs there, checked, and restored."""
