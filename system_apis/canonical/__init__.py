"""The firm's nouns, the only language above a connector."""
