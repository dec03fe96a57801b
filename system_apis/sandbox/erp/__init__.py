"""The ERP of the sandbox firm, in the shape of NetSuite."""
