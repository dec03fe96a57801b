"""The procurement system of the sandbox firm, in the shape of Coupa."""
