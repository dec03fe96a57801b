"""Cases that only a person can put right, and what was decided about them."""
