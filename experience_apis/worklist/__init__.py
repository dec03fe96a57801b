"""What waits for the caller: approvals to give and exceptions to solve."""
