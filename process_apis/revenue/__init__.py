"""Revenue and period close: what was earned in a month, and the end of that month."""
