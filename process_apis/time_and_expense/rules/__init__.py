"""What is decided about time and expenses, and touches nothing. Source: domain handbook, 3c."""
