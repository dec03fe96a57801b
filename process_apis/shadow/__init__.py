"""Runs our processes read-only beside people who work by hand, and reports the differences."""
