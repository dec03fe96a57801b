"""What staffing decides, each by itself and purely (domain handbook, 3b)."""
