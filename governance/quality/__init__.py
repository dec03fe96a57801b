"""The quality of records: the rules, what they found, and the score that follows."""
