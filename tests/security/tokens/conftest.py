"""The forger, with keys of its own for every test."""

from datetime import timedelta
from pathlib import Path

import pytest

from governance.authorization_server.keys import SigningKeys
from tests.security.tokens.forge import Clock, Forge


@pytest.fixture
def forge(tmp_path: Path) -> Forge:
    """A forger that holds our signing keys, and the verifier it tries to deceive."""
    clock = Clock()
    return Forge(SigningKeys(tmp_path / "keys", timedelta(seconds=360), clock), clock)
