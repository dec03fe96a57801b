"""The embedded authorization server: clients and sandbox people in, short-lived tokens out."""
