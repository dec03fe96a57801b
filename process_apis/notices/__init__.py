"""Who hears of what waits for them, when, and on which way."""
