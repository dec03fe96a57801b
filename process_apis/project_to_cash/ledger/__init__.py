"""What is planned, billed by which line, posted and paid, in Strata's own books."""
