"""The audit as a chain of hashes for each stream, and its signed heads outside the database."""
