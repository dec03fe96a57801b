"""Who must agree before work goes on, who did, and when."""
