"""How work outlives the program: what is tried again, what is remembered, what a step came to."""
