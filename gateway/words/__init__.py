"""What the names of fields and parameters mean, a group of them each; `fields.py` has them all."""
