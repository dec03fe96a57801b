"""What a project earned, cost and is worth in a month, worked out of facts alone."""
