"""Credit notes, and what is billed again after them."""
