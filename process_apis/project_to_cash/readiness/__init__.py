"""Everything that keeps a billing event from becoming an invoice."""
