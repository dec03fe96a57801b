"""A firm of any size, and its months played as fast as the gateway goes."""
