"""What people on call ask: which system failed whom, what waits for it, and what to replay."""
