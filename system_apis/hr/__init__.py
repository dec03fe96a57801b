"""HR systems: the firm's people, when they can work, and what they cost."""
