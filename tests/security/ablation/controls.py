"""Every control of the way in: the attack that shows it, and the gateway without it."""

from datetime import UTC, date, datetime

from msgspec import Struct
from msgspec.structs import replace

from gateway.inbound.audit import Audit
from gateway.inbound.idempotency import Idempotency
from gateway.inbound.identify import Identify, Permit
from gateway.inbound.lifecycle import Lifecycle as LifecycleStage
from gateway.inbound.limit import Limit
from gateway.inbound.watch import Count, Problems, Trace
from governance import rate_limits
from governance.audiences import EVERY_LAYER
from governance.policy import Lifecycle, Stage
from governance.rate_limits import RateLimits
from governance.revocations import RevokedTokens
from governance.tokens import TokenVerifier, bearer
from tests.gateway.house import House
from tests.security.ablation import held, lacking
from tests.security.ablation.held import GOOD, ORDERS, Held
from tests.security.ablation.lacking import Built, Headers


class Control(Struct, frozen=True):
    """One control: what shows that it holds, the gateway without it, and the one that has it.

    `patient` says whether it is our kind of connection or uvicorn's own that is without it.
    """

    held: Held
    lacking: Built
    having: Built = lacking.whole
    patient: bool = True


HOST = b"Host: 127.0.0.1\r\n"
TWICE = GOOD[:-1] + b',"text":"y"}'
STRANGE = GOOD[:-1] + b',"stranger":1}'
INEXACT = GOOD[:-1] + b',"hours":"1e3"}'
LARGE = b'{"text":"' + b"a" * 1_200_000 + b'"}'
DOOR_OPEN = frozenset({"127.0.0.1", "bank.example"})
PAST = Lifecycle(
    Stage.DEPRECATED,
    date(2024, 1, 1),
    deprecated_on=date(2025, 1, 1),
    sunset_on=date(2026, 1, 1),
    successor="/system/orders/v2",
)


def _one_of_each(headers: Headers) -> Headers:
    return list({name: (name, value) for name, value in headers}.values())


def _as_json(headers: Headers) -> Headers:
    return [*(one for one in headers if one[0] != b"content-type"), JSON]


def _with_hyphens(headers: Headers) -> Headers:
    return [one for one in headers if b"_" not in one[0]]


JSON = (b"content-type", b"application/json")


class _AllRevoked:
    def is_revoked(self, _: str) -> bool:
        return True


def _verifier(**changes: object) -> Built:
    """Return a gateway that trusts our issuer with something changed."""

    def verifier(house: House) -> TokenVerifier:
        issuer = replace(house.oauth.as_issuer(), **changes)
        return TokenVerifier([issuer], RevokedTokens(house.wall.now), house.wall.now)

    return lacking.verified(verifier)


def _stopped(house: House) -> TokenVerifier:
    began = house.wall.now()
    return TokenVerifier(
        [house.oauth.as_issuer()], RevokedTokens(house.wall.now), lambda: max(began, _NEVER)
    )


_NEVER = datetime(2000, 1, 1, tzinfo=UTC)
CONTROLS: dict[str, Control] = {
    "the host": Control(held.headed(b"Host: bank.example\r\n", 421), lacking.door(hosts=DOOR_OPEN)),
    "one Host header": Control(held.headed(HOST * 2, 400), lacking.unseen(_one_of_each)),
    "no underscores": Control(
        held.headed(HOST + b"X_Tenant: 1\r\n", 400), lacking.unseen(_with_hyphens)
    ),
    "the size of a head": Control(
        held.headed(HOST + b"X-A: " + b"a" * 50_000 + b"\r\n", 431),
        lacking.door(header_bytes=1_000_000),
    ),
    "the number of headers": Control(
        held.headed(HOST + b"X-A: 1\r\n" * 200, 431), lacking.door(headers=1_000)
    ),
    "the length of an address": Control(
        held.answered(f"/{'a' * 3_000}", 400), lacking.door(path_bytes=10_000)
    ),
    "the length of a query": Control(
        held.answered(f"{ORDERS}?number=1&{'a' * 9_000}", 400),
        lambda house: lacking.reading(parameters=lacking.any_parameters)(_long_queries(house)),
    ),
    "no body on a read": Control(
        held.headed(HOST + b"Content-Length: 2\r\n", 400), lacking.without(b"content-length")
    ),
    "the size of a body": Control(held.noted(LARGE, 413), lacking.door(body_bytes=10_000_000)),
    "the type of a body": Control(
        held.noted(GOOD, 415, content_type="text/plain"), lacking.unseen(_as_json)
    ),
    "no compressed body": Control(
        held.noted(GOOD, 415, content_encoding="gzip"), lacking.without(b"content-encoding")
    ),
    "no key twice": Control(held.noted(TWICE, 400), lacking.reading(request=lacking.Lenient)),
    "plain decimals": Control(held.noted(INEXACT, 400), lacking.reading(request=lacking.Lenient)),
    "no unknown field": Control(
        held.noted(STRANGE, 400), lacking.reading(request=lacking.Dropping)
    ),
    "no unknown parameter": Control(
        held.answered(f"{ORDERS}?nunber=1", 400),
        lacking.reading(parameters=lacking.any_parameters),
    ),
    "who calls": Control(held.named, lacking.instead(Identify, lacking.Anybody)),
    "the signature": Control(
        held.unbelieved(held.unsigned), lacking.part(verify=lambda _: lacking.believed)
    ),
    "the end of a token": Control(held.unbelieved(held.expired), lacking.verified(_stopped)),
    "revocation": Control(
        held.unbelieved(held.good),
        lacking.whole,
        lacking.verified(
            lambda house: TokenVerifier([house.oauth.as_issuer()], _AllRevoked(), house.wall.now)
        ),
    ),
    "the audience": Control(
        held.unbelieved(held.good), lacking.whole, _verifier(audience="https://else.example")
    ),
    "the issuer": Control(
        held.unbelieved(held.good), lacking.whole, _verifier(name="https://else.example")
    ),
    "the algorithm": Control(
        held.unbelieved(held.good), lacking.whole, _verifier(algorithms=frozenset({"RS256"}))
    ),
    "the type of a token": Control(
        held.unbelieved(held.good), lacking.whole, _verifier(types=frozenset({"jwt"}))
    ),
    "the life of a token": Control(
        held.unbelieved(held.good), lacking.whole, _verifier(max_seconds=60)
    ),
    "the layer": Control(
        held.unbelieved(held.of_another_layer),
        lacking.part(
            verify=lambda house: (
                lambda values: replace(house.verifier.verify(bearer(values)), layers=EVERY_LAYER)
            )
        ),
    ),
    "the scope": Control(held.permitted, lacking.stage(Permit)),
    "the limit": Control(held.counted, lacking.stage(Limit)),
    "the limit of strangers": Control(
        held.tired_of_strangers,
        lacking.whole,
        lacking.part(
            limits=lambda house: RateLimits(
                rate_limits.Config(strangers="5/minute"), house.governance.metrics
            )
        ),
    ),
    "a command's key": Control(held.done_once, lacking.stage(Idempotency)),
    "a command's fingerprint": Control(held.one_command, lacking.records(lacking.Trusting)),
    "whose key it is": Control(held.one_persons, lacking.records(lacking.Shared)),
    "who still sees an answer": Control(held.seen_still, lacking.records(lacking.Remembering)),
    "the record of a write": Control(held.write_on_record, lacking.stage(Audit)),
    "the record of a refusal": Control(
        held.refusal_on_record, lacking.part(audit=lambda _: lacking.NoRecord())
    ),
    "the end of a version": Control(
        held.gone,
        lacking.stage(LifecycleStage, PAST),
        lambda house: lacking.build(house, lifecycle=PAST),
    ),
    "no secret in the log": Control(
        held.unlogged, lacking.part(logs=lambda house: lacking.Talkative(house.log))
    ),
    "what every answer says": Control(held.traceable, lacking.outer_stage(Trace)),
    "the count of calls": Control(held.measured, lacking.outer_stage(Count)),
    "the guard's refusals": Control(
        held.headed(b"Host: bank.example\r\n", 421), lacking.outer_stage(Problems)
    ),
    "a path and no server": Control(
        held.headed(HOST, 400, b"GET http://bank.example%b HTTP/1.1"),
        lacking.whole,
        patient=False,
    ),
    "a version of HTTP": Control(
        held.headed(HOST, 400, b"GET %b HTTP/0.9"), lacking.whole, patient=False
    ),
    "no trailers": Control(held.without_trailers, lacking.whole, patient=False),
}


def _long_queries(house: House) -> House:
    house.governance = replace(
        house.governance, door=replace(house.governance.door, query_bytes=100_000)
    )
    return house
