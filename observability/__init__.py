"""Metrics, traces and logs for the people on call."""
