"""What runs already, and what other hands keyed in: found, adopted or disputed."""
