"""Vendors' bills: taken in once, held against what was bought, and posted."""
