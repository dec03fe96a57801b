"""The figures that the firm is led by, each with what it means and what it was worked out from."""
