"""Ordering: from a gap in a project's staffing to an order that was sent."""
