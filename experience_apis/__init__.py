"""What each audience sees: one folder per audience."""
