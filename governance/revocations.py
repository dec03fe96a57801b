"""Tokens that must not be taken any more, although they have not expired."""

from collections.abc import Callable
from datetime import datetime
from typing import Protocol


class Revocations(Protocol):
    """Says which tokens are revoked; asked on every request, so it answers from memory."""

    def is_revoked(self, jti: str) -> bool:
        """Whether the token with this id was revoked."""


class RevokedTokens:
    """Revocations held in this process's memory until the tokens would have expired."""

    def __init__(self, clock: Callable[[], datetime]) -> None:
        self._clock = clock
        self._until: dict[str, datetime] = {}

    def revoke(self, jti: str, until: datetime) -> None:
        """Refuse a token from now on; `until` is when nobody would take it anyway."""
        now = self._clock()
        self._until = {known: end for known, end in self._until.items() if end > now}
        self._until[jti] = until

    def is_revoked(self, jti: str) -> bool:
        """Whether the token with this id was revoked."""
        return jti in self._until
