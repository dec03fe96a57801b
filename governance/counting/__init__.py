"""Counting: what calls use up, decided and counted in one step, in memory or in Redis."""
