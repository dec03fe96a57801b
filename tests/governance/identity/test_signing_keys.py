"""The signing keys: private on disk, public in the JWKS, replaced without a gap."""

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from joserfc.jwk import ECKey

from governance.authorization_server.keys import SigningKeys
from governance.key_file import UnsafeKeyFile

OVERLAP = timedelta(seconds=360)
Now = Callable[[], datetime]


def kids(keys: SigningKeys) -> list[str]:
    """Return the ids of the published keys, in order."""
    return [key["kid"] for key in json.loads(keys.jwks())["keys"]]


def test_keys_are_made_on_first_use_for_the_owner_only(tmp_path: Path, clock: Now) -> None:
    """Nobody but the owner may read the file or look into its folder."""
    SigningKeys(tmp_path / "keys", OVERLAP, clock)

    folder = tmp_path / "keys"
    assert folder.stat().st_mode & 0o777 == 0o700
    assert [file.name for file in folder.iterdir()] == ["signing-keys.json"]
    assert (folder / "signing-keys.json").stat().st_mode & 0o777 == 0o600


def test_keys_outlive_a_restart(tmp_path: Path, clock: Now) -> None:
    """A restarted gateway takes the tokens that it signed before."""
    before = SigningKeys(tmp_path / "keys", OVERLAP, clock)
    after = SigningKeys(tmp_path / "keys", OVERLAP, clock)

    assert kids(before) == kids(after)


@pytest.mark.parametrize("mode", [0o644, 0o640, 0o604, 0o660])
def test_a_key_file_that_others_can_read_is_refused(mode: int, tmp_path: Path, clock: Now) -> None:
    """The error names the file and the command that mends it (CF-05)."""
    SigningKeys(tmp_path / "keys", OVERLAP, clock)
    file = tmp_path / "keys" / "signing-keys.json"
    file.chmod(mode)

    with pytest.raises(UnsafeKeyFile, match=f"chmod 600 '{file}'"):
        SigningKeys(tmp_path / "keys", OVERLAP, clock)
    file.chmod(0o600)
    assert SigningKeys(tmp_path / "keys", OVERLAP, clock)


@pytest.mark.parametrize("content", [b"", b"[]", b"{}", b"not json"])
def test_a_damaged_key_file_is_refused(content: bytes, keys: SigningKeys, tmp_path: Path) -> None:
    """Keys are never silently made anew over a file that cannot be read."""
    (tmp_path / "keys" / "signing-keys.json").write_bytes(content)

    with pytest.raises(UnsafeKeyFile, match="restore it or delete it"):
        keys.reload()


def test_only_public_keys_are_published(keys: SigningKeys) -> None:
    """The JWKS holds the public point, its thumbprint and its use, nothing else."""
    (published,) = json.loads(keys.jwks())["keys"]

    assert set(published) == {"kty", "crv", "x", "y", "kid", "use", "alg"}
    assert published["kid"] == ECKey.import_key(published).thumbprint()
    assert not ECKey.import_key(published).is_private


def test_rotation_publishes_both_keys_and_signs_with_the_new(
    keys: SigningKeys, tmp_path: Path, clock: Now
) -> None:
    """Old and new stand side by side, here and in every process that loads the file."""
    (old,) = kids(keys)
    other = SigningKeys(tmp_path / "keys", OVERLAP, clock)

    keys.rotate()
    other.reload()

    assert kids(keys) == kids(other) == [old, keys.current.thumbprint()]
    assert keys.current.thumbprint() != old
    assert (tmp_path / "keys" / "signing-keys.json").stat().st_mode & 0o777 == 0o600


def test_a_key_of_another_process_is_known_when_its_first_token_comes(
    keys: SigningKeys, tmp_path: Path, clock: Now
) -> None:
    """Nobody has to tell this process that there was a rotation."""
    other = SigningKeys(tmp_path / "keys", OVERLAP, clock)

    new = other.rotate()

    found = keys.key(new)
    assert found is not None
    assert found.thumbprint() == new
    assert [each.kid for each in keys.listed() if each.good_until is None] == [new]


def test_rotations_at_once_lose_no_key(tmp_path: Path, clock: Now) -> None:
    """Each waits for the one before it, so that no token's key is written over."""
    several = [SigningKeys(tmp_path / "keys", OVERLAP, clock) for _ in range(6)]

    with ThreadPoolExecutor(6) as pool:
        made = list(pool.map(SigningKeys.rotate, several))

    several[0].reload()
    assert {*made} < {*kids(several[0])}
    assert len(kids(several[0])) == 7


def test_a_key_file_that_is_gone_is_told_and_lets_nothing_new_in(
    keys: SigningKeys, tmp_path: Path
) -> None:
    """What is known stays good; an unknown key is unknown, and whoever looks is told why."""
    (known,) = kids(keys)
    (tmp_path / "keys" / "signing-keys.json").unlink()

    assert keys.key("unknown") is None
    assert keys.key(known) is not None
    with pytest.raises(UnsafeKeyFile, match="is gone"):
        keys.reload()


def test_a_retired_key_leaves_the_file_once_its_tokens_are_expired(tmp_path: Path) -> None:
    """The next rotation forgets what nobody can need any more."""
    moment = [datetime.fromisoformat("2026-11-23T12:00:00Z")]
    keys = SigningKeys(tmp_path / "keys", OVERLAP, lambda: moment[0])
    (first,) = kids(keys)
    keys.rotate()

    moment[0] += OVERLAP
    assert first not in kids(keys)
    keys.rotate()
    assert first not in (tmp_path / "keys" / "signing-keys.json").read_text()
    assert len(json.loads((tmp_path / "keys" / "signing-keys.json").read_bytes())) == 2


def test_a_removed_key_is_gone_and_a_new_one_signs(keys: SigningKeys) -> None:
    """After a theft nothing of the old key is left, and the gateway goes on."""
    (stolen,) = kids(keys)

    keys.remove(stolen)

    assert kids(keys) == [keys.current.thumbprint()] != [stolen]
    assert keys.key(stolen) is None


def test_processes_that_start_at_once_agree_on_the_first_key(tmp_path: Path, clock: Now) -> None:
    """Whoever is faster makes the key, and the others take it."""
    with ThreadPoolExecutor(8) as pool:
        started = list(pool.map(lambda _: SigningKeys(tmp_path / "keys", OVERLAP, clock), range(8)))

    assert len({keys.current.thumbprint() for keys in started}) == 1
