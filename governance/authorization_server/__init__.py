"""The embedded authorization server: client credentials in, short-lived access tokens out."""
