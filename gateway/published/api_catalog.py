"""The API catalog at its well-known address (RFC 9727), a set of links (RFC 9264)."""

import msgspec
from litestar import Response, get
from litestar.handlers import HTTPRouteHandler
from msgspec import Struct, field

from gateway.inbound.stage import Governance
from gateway.mounting import Api

ADDRESS = "/.well-known/api-catalog"
MEDIA_TYPE = 'application/linkset+json; profile="https://www.rfc-editor.org/info/rfc9727"'
_WHY = "it is asked before there is a token"
_HEADERS = {
    "link": f'<{ADDRESS}>; rel="api-catalog"',
    "content-type": MEDIA_TYPE,
}


class Link(Struct, frozen=True, omit_defaults=True):
    """A link, with the media type of what it leads to."""

    href: str
    type: str | None = None


class ApiLinks(Struct, frozen=True, omit_defaults=True, kw_only=True):
    """Where one API version is described, how it is, and which one follows it."""

    anchor: str
    description: list[Link] = field(name="service-desc")
    documents: list[Link] = field(name="service-doc")
    metadata: list[Link] = field(name="service-meta")
    status: list[Link]
    successor: list[Link] = field(name="successor-version", default=[])


class CatalogLinks(Struct, frozen=True):
    """The catalog itself: every API version is an item of it."""

    anchor: str
    item: list[Link]


class Linkset(Struct, frozen=True):
    """The API catalog."""

    linkset: list[CatalogLinks | ApiLinks]


def api_catalog(governance: Governance, apis: list[Api]) -> HTTPRouteHandler:
    """Return the handler of the catalog; its headers alone say where the links are."""

    @get(ADDRESS, opt={"open": _WHY}, include_in_schema=False)
    async def catalog() -> Response[bytes]:
        return Response(msgspec.json.encode(_linkset(governance, apis)), headers=_HEADERS)

    return catalog


def _linkset(governance: Governance, apis: list[Api]) -> Linkset:
    base = governance.public_url
    items = [Link(base + api.policy.path) for api in apis]
    links = [_links(base, api, governance) for api in apis]
    return Linkset([CatalogLinks(base + ADDRESS, items), *links])


def _links(base: str, api: Api, governance: Governance) -> ApiLinks:
    path = api.policy.path
    successor = governance.lifecycles.of(api.policy).lifecycle.successor
    return ApiLinks(
        anchor=base + path,
        description=[Link(f"{base}{path}/openapi.json", "application/json")],
        documents=[Link(f"{base}/docs#{path}", "text/html")],
        metadata=[Link(f"{base}/governance/v1/catalog", "application/json")],
        status=[Link(f"{base}/ready", "application/json")],
        successor=[Link(base + successor)] if successor else [],
    )
