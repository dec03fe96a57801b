"""Customer relationship management: clients and opportunities."""
