"""What finance needs: what can be billed, what was, and what is held and why."""
