"""Which records of which systems stand for one client, and who said so."""
