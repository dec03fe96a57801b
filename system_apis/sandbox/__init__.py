"""The sandbox firm: small HTTP services with their own stores and quirks."""
