"""Staffing: what resource managers look at."""
