"""Procure-to-pay: from a gap in a project's staffing to the posted bill of who filled it."""
