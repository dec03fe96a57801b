"""Who a command asks the gateway as."""

from pathlib import Path

from gateway.calling import Caller, NotDone, issue
from gateway.people import Wish
from gateway.running import read_running
from gateway.settings import Profile, Settings


def caller_of(settings: Settings, who: str, token_file: Path | None) -> Caller:
    """Return somebody with a token: the one of a file, else one of the sandbox's people."""
    url = read_running(settings).public_url
    if token_file is not None:
        try:
            return Caller(url, token_file.read_text().strip())
        except OSError as error:
            raise NotDone(f"{token_file}: {error.strerror}") from error
        except UnicodeDecodeError as error:
            raise NotDone(f"{token_file}: this is no text; name a file with a token") from error
    if settings.profile is not Profile.SANDBOX:
        raise NotDone("outside the sandbox, name a file with your token by --token-file")
    return Caller(url, issue(settings, Wish(who=who)).access_token)
