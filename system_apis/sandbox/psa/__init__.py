"""The PSA of the sandbox firm, in the shape of Kantata."""
