"""The consequences of a change, domain by domain: each is judged by itself, from facts only."""
