"""All identity providers of the firm: as the verifier takes them, and as they are kept fresh."""

import asyncio
from collections.abc import Callable, Sequence

from governance.identity_providers.config import Config
from governance.identity_providers.discovery import Fetch, KeyDocuments
from governance.identity_providers.followed_keys import MAX_STALE_SECONDS, Fetched, FollowedKeys
from governance.identity_providers.outside_tokens import reader
from governance.identity_providers.shapes import SHAPES
from governance.issuers import Issuer


class IdentityProviders:
    """The issuers that the settings name, with their keys."""

    def __init__(
        self,
        configs: Sequence[Config],
        fetch: Fetch,
        clock: Callable[[], float],
        tell: Callable[[Fetched], None],
    ) -> None:
        self._keys = {
            each.url: FollowedKeys(each.name, KeyDocuments(each, fetch).key_set, clock, tell)
            for each in configs
        }
        self.issuers = [as_issuer(each, self._keys[each.url]) for each in configs]

    async def refresh(self) -> None:
        """Fetch the keys of those whose time it is."""
        await asyncio.gather(*(each.refresh() for each in self._keys.values()))

    async def ask_again(self, issuer: str) -> bool:
        """Fetch an issuer's keys for one that is not known; False when there is no use in it."""
        keys = self._keys.get(issuer)
        return keys is not None and await keys.ask_again()

    def ages(self) -> dict[str, float | None]:
        """Return how old each issuer's keys are, by its name, None when it never said any."""
        return {each.name: each.age_seconds() for each in self._keys.values()}

    async def are_fresh(self) -> bool:
        """Whether every issuer's tokens can be taken."""
        ages = self.ages().values()
        return all(age is not None and age <= MAX_STALE_SECONDS for age in ages)

    async def close(self) -> None:
        """Fetch no more."""
        await asyncio.gather(*(each.close() for each in self._keys.values()))


def as_issuer(config: Config, keys: FollowedKeys) -> Issuer:
    """Return an identity provider as the verifier takes it."""
    shape = SHAPES[config.profile]
    audience, *others = config.audiences
    return Issuer(
        name=config.url,
        audience=audience,
        other_audiences=tuple(others),
        keys=keys,
        algorithms=frozenset(str(each) for each in config.algorithms),
        types=shape.types,
        max_seconds=config.max_token_seconds or shape.max_seconds,
        read=reader(config),
    )
