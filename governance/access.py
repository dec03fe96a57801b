"""Who is calling, on whose behalf, and what they may touch."""

from contextvars import ContextVar

from msgspec import Struct

from governance.audiences import EVERY_LAYER
from governance.policy import Layer
from governance.within import Within

# Names that the gateway itself acts by: nobody else who calls is called so.
OUR_NAMES = frozenset({"api", "os", "process", "strata"})
# What our own clients are called by where the people of an issuer have bare names.
CLIENT = "client"


class Forbidden(Exception):
    """The caller is known, and may not do this."""

    def __init__(self, reason: str, *, scope: str | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.scope = scope


class Caller(Struct, frozen=True, kw_only=True):
    """A person, a client application or one of our own processes.

    `entities` are the codes of the legal entities whose records the caller may see. Of those
    records `units` are the business units whose the caller may see: all of them when it is None,
    and always those of no unit.
    `subject` is the person when there is one; `client_id` is what it calls through. `layers`
    are those whose addresses the caller's token opens, and `issuer` is whose token it is.
    """

    subject: str
    client_id: str
    scopes: frozenset[str]
    roles: frozenset[str] = frozenset()
    entities: frozenset[str] = frozenset()
    units: frozenset[str] | None = None
    on_behalf_of: str | None = None
    token_id: str | None = None
    layers: frozenset[Layer] = EVERY_LAYER
    issuer: str | None = None

    def require(self, scope: str) -> None:
        """Raise `Forbidden` unless the caller holds a scope."""
        if scope not in self.scopes:
            raise Forbidden(f"this needs the scope {scope}", scope=scope)

    def sees(self, legal_entity: str) -> bool:
        """Whether a legal entity's records may be shown to the caller."""
        return legal_entity in self.entities

    def sees_unit(self, business_unit: str | None) -> bool:
        """Whether a business unit's records may be shown to the caller."""
        return self.units is None or business_unit is None or business_unit in self.units


_caller: ContextVar[Caller | None] = ContextVar("caller", default=None)


def current_caller() -> Caller:
    """Return the caller of what is running now; nothing runs without one."""
    caller = _caller.get()
    if caller is None:
        raise Forbidden("nobody is calling")
    return caller


def acting_as(caller: Caller) -> Within[Caller]:
    """Run a block as a caller."""
    return Within(_caller, caller)
