"""What an invoice says, worked out of facts."""
