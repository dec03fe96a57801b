"""Tryton in Tryton's words: what the connectors to it are made of."""
