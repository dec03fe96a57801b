"""What read models are of: what a system shows of its records, and where that is kept."""

from collections.abc import AsyncIterator, Mapping
from typing import Protocol

from msgspec import Struct
from sqlalchemy import Connection

from governance.access import Caller
from process_apis.read_models.heard import Heard

NAME = "process:read-models"


class Batch(Protocol):
    """Some records as their system shows them."""

    @property
    def versions(self) -> Mapping[str, int]:
        """The versions that they are of, by their ids."""

    def apply(self, connection: Connection, instance: str, generation: int) -> None:
        """Keep what is news of what was told, in a generation."""

    def fill(self, connection: Connection, instance: str, generation: int) -> None:
        """Keep what was listed, unless something as new was told since."""


class ModelShelf(Protocol):
    """The records of one system, in one generation."""

    def strike_out(self, connection: Connection, missing: Mapping[str, int]) -> object:
        """Take out records that their system no longer has, each told of at a version."""

    def newer_than(self, connection: Connection, told: Mapping[str, int]) -> int:
        """Return of how many records a newer version is known than the one that was told."""

    def held(self, connection: Connection) -> int:
        """Count the records that are known."""

    def unlisted(self, connection: Connection, built: int) -> dict[str, Heard]:
        """Return what is known here and not in the generation that is being built."""

    def differing(self, connection: Connection, built: int) -> int:
        """Return how many records a generation has otherwise than this one, if at all."""

    def empty(self, connection: Connection, most: int) -> int:
        """Delete some of a generation, and return how many records went; of an empty one none."""


class Looked(Struct, frozen=True):
    """What a system shows of records that were looked for."""

    found: Batch
    unreadable: frozenset[str]


class ModelSource(Protocol):
    """A system, as far as a read model is kept of it."""

    @property
    def model(self) -> str:
        """What is kept of it."""

    @property
    def record_types(self) -> frozenset[str]:
        """Of which of its records."""

    @property
    def reader(self) -> Caller:
        """Who reads it for the model."""

    def shelf(self, instance: str, generation: int) -> ModelShelf:
        """Return where a generation is kept."""

    async def look(self, heard: Mapping[str, Heard]) -> Looked:
        """Read some records; one that cannot be read keeps no other back."""

    def listed(self) -> AsyncIterator[Batch]:
        """Yield all records, a page at a time."""
