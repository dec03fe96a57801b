"""Subscriptions: who outside is told of what happens, signed, in order and at least once."""
