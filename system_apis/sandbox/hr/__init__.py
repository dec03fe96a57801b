"""The HR system of the sandbox firm, in the shape of BambooHR."""
