"""Explanations: why a number is what it is, down to its sources."""
