"""Work carried across systems as durable workflows."""
