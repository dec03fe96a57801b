"""The JSON Schema of a type, as others read it."""

import msgspec
from msgspec import Struct

MEDIA_TYPE = "application/schema+json"
_DIALECT = "https://json-schema.org/draft/2020-12/schema"


def json_schema(kind: type[Struct]) -> bytes:
    """Return the JSON Schema (2020-12) of a type, with all that it is made of."""
    schema = msgspec.json.encode({"$schema": _DIALECT, **msgspec.json.schema(kind)})
    # A pattern is told in the words of ECMA 262, which knows neither \A nor \Z.
    return schema.replace(rb'"pattern":"\\A', b'"pattern":"^').replace(rb'\\Z"', b'$"')
