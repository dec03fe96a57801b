"""Change feeds become business events, each exactly once."""
