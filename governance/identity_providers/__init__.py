"""The firm's own identity providers: whose tokens are taken, and what they give here."""
