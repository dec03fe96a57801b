"""Every back-office system in one canonical vocabulary."""
