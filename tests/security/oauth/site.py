"""A gateway in a process of its own, the clients that are registered with it, and callers."""

import base64
import io
import itertools
import json
import time
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlencode

import aiohttp
from joserfc.jwk import ECKey, RSAKey
from yarl import URL

from gateway.people import integrator_secret, sandbox_word
from system_apis.sandbox.server import SandboxAddress
from tests.security.oauth.browser import Asking, Page, asking, page_of, sent_back
from tests.security.routes.holdings import Holdings
from tests.security.routes.oracle import Answer
from tests.stories.programs import GatewayProgram

# All but those whom a test names: a person can be tried for ten times in a minute.
PEOPLE = ("U-PM1", "U-PM2", "U-PM3", "U-LM1", "U-RM1", "U-FI1", "U-FD1", "U-CF1", "U-SO1", "U-PR1")
FORM = "application/x-www-form-urlencoded"


class Site:
    """Everything that an attack on the authorization server needs.

    `other` is a machine with a secret, `signer` one with keys. Every request comes from a
    loopback address of its own, so that no limit by address stands in the way.
    """

    def __init__(
        self, gateway: GatewayProgram, sandbox: SandboxAddress, session: aiohttp.ClientSession
    ) -> None:
        keys = gateway.data_dir / "keys"
        self.gateway, self.base_url = gateway, gateway.base_url
        self.holdings = Holdings(gateway.data_dir, sandbox, session)
        self.word, self.secret = sandbox_word(keys), integrator_secret(keys)
        self.other_secret = ""
        self.curve_key = ECKey.generate_key("P-256", {"kid": "curve"})
        self.rsa_key = RSAKey.generate_key(2048, {"kid": "rsa"})
        self._addresses, self._people = itertools.count(2), itertools.cycle(PEOPLE)

    @property
    def secrets(self) -> tuple[str, ...]:
        """What no refusal may give away."""
        return (self.word, self.secret, self.other_secret)

    async def register(self, folder: Path) -> None:
        """Register the clients by the program, beside the running gateway."""
        keys = [each.as_dict(private=False, use="sig") for each in (self.curve_key, self.rsa_key)]
        (folder / "public.json").write_text(json.dumps({"keys": keys}))
        rights = ("--role", "integrator", "--entity", "NWA-US", "--json")
        added = await self._ran("clients", "add", "other", *rights)
        self.other_secret = json.loads(added)["client_secret"]
        public = ("--public-keys", str(folder / "public.json"))
        await self._ran("clients", "add", "signer", *public, *rights)

    async def send(
        self,
        method: str,
        path: str,
        *,
        form: Mapping[str, str] | list[tuple[str, str]] | None = None,
        body: bytes | None = None,
        headers: Mapping[str, str] | None = None,
        address: str | None = None,
    ) -> Answer:
        """Send a request and follow nothing."""
        sent: dict[str, str] = {}
        if form is not None:
            body, sent["content-type"] = urlencode(form).encode(), FORM
        connector = aiohttp.TCPConnector(local_addr=(address or self.new_address(), 0))
        began = time.perf_counter()
        async with (
            aiohttp.ClientSession(connector=connector, cookie_jar=aiohttp.DummyCookieJar()) as one,
            one.request(
                method,
                URL(self.base_url + path, encoded=True),
                data=None if body is None else io.BytesIO(body),
                headers={**sent, **(headers or {})},
                allow_redirects=False,
                skip_auto_headers=("content-type",),
            ) as reply,
        ):
            found = await reply.read()
            told = {name.lower(): value for name, value in reply.headers.items()}
        return Answer(reply.status, told, found, time.perf_counter() - began)

    def new_address(self) -> str:
        """Return a loopback address that nobody has called from."""
        turn = next(self._addresses)
        return f"127.0.{turn // 250 + 1}.{turn % 250 + 2}"

    def basic(self, client_id: str = "integrator", secret: str | None = None) -> dict[str, str]:
        """Return a client's credentials as a header."""
        known = {"integrator": self.secret, "other": self.other_secret}
        text = f"{client_id}:{known[client_id] if secret is None else secret}"
        return {"authorization": "Basic " + base64.b64encode(text.encode()).decode()}

    async def machine_token(self, client_id: str = "integrator", **asked: str) -> str:
        """Return a token with which a client acts for itself."""
        form = {"grant_type": "client_credentials", **asked}
        answer = await self.send("POST", "/oauth/token", form=form, headers=self.basic(client_id))
        assert answer.status == 200, answer.body
        return str(json.loads(answer.body)["access_token"])

    async def page(self, request: Asking) -> Page:
        """Return the page that a request is put to people on."""
        answer = await self.send("GET", request.path)
        assert answer.status == 200, answer.body
        return page_of(answer.headers, answer.body)

    async def answer(self, page: Page, form: Mapping[str, str], **more: str) -> Answer:
        """Send a page's form as the browser that has its cookie."""
        headers = {"cookie": page.cookie}
        return await self.send("POST", "/oauth/authorize", form=form, headers=headers, **more)

    async def code(self, request: Asking, person: str = "") -> str:
        """Return the code that a person gives a client, another one each time unless told."""
        page = await self.page(request)
        answer = await self.answer(page, page.filled(person or next(self._people), self.word))
        assert answer.status == 303, answer.body
        return sent_back(answer.headers)[1]["code"]

    async def redeemed(self, request: Asking, shown: str, /, **changes: str | None) -> Answer:
        """Show a code for a token."""
        return await self.send("POST", "/oauth/token", form=request.token_form(shown, **changes))

    async def person_token(self, person: str = "") -> str:
        """Return the token that a log-in comes to."""
        request = asking()
        answer = await self.redeemed(request, await self.code(request, person))
        assert answer.status == 200, answer.body
        return str(json.loads(answer.body)["access_token"])

    async def takes(self, token: str, path: str = "/governance/v1/catalog") -> int:
        """Return the status of a call with a token."""
        bearer = {"authorization": f"Bearer {token}"}
        return (await self.send("GET", path, headers=bearer)).status

    async def _ran(self, *command: str) -> str:
        code, said = await self.gateway.run(*command)
        assert code == 0, said
        return said
