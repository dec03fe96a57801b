"""Two ways to run the same six steps durably."""
