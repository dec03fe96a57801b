"""The contract system of the sandbox firm."""
