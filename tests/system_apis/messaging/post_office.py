"""A real mail server on the loopback, with a certificate of its own authority."""

import asyncio
import ipaddress
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import SMTP as POLICY
from pathlib import Path

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

WORD = "a word that only this test has"


class PostOffice:
    """Keeps the mail that it takes; `says` is its answer to the content of the next ones."""

    def __init__(self) -> None:
        self.port, self.says = 0, "250 taken"
        self.mail: list[EmailMessage] = []
        self.envelopes: list[Envelope] = []
        self.secret: list[bool] = []
        self.open: list[SMTP] = []

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802  the library's name
        """Take a mail, unless told otherwise."""
        self.envelopes.append(envelope)
        self.secret.append(session.ssl is not None)
        content = envelope.content
        assert isinstance(content, bytes)
        found = message_from_bytes(content, policy=POLICY)
        assert isinstance(found, EmailMessage)
        self.mail.append(found)
        if self.says == "hang up":
            assert server.transport is not None
            server.transport.close()
        return self.says

    async def handle_RCPT(  # noqa: N802  the library's name
        self, _: SMTP, __: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        """Take an addressee, but for one who has moved and one whose box is full."""
        if address.startswith("moved"):
            return "550 no such user"
        if address.startswith("full"):
            return "452 mailbox full"
        envelope.rcpt_tos.append(address)
        envelope.rcpt_options.extend(options)
        return "250 ok"


def _let_in(_: SMTP, __: Session, ___: Envelope, ____: str, given: LoginPassword) -> AuthResult:
    return AuthResult(success=given.password == WORD.encode(), handled=False)


@asynccontextmanager
async def post_office(
    path: Path, *, starttls: bool = True, implicit: bool = False, login: bool = False
) -> AsyncIterator[PostOffice]:
    """Serve on a free port for as long as the block runs; the authority is `ca.pem`."""
    office, context = PostOffice(), _certified(path)

    def served() -> SMTP:
        return SMTP(
            office,
            tls_context=context if starttls else None,
            require_starttls=starttls,
            authenticator=_let_in if login else None,
            auth_required=login,
            auth_require_tls=login,
        )

    loop = asyncio.get_running_loop()
    server = await loop.create_server(served, "127.0.0.1", 0, ssl=context if implicit else None)
    office.port = server.sockets[0].getsockname()[1]
    try:
        yield office
    finally:
        server.close()
        await asyncio.sleep(0)


def _certified(path: Path) -> ssl.SSLContext:
    """Return the server's side of TLS, with a certificate that its own authority signed."""
    key, now = ec.generate_private_key(ec.SECP256R1()), datetime.now(UTC)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    here = x509.IPAddress(ipaddress.ip_address("127.0.0.1"))
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(hours=1))
        .add_extension(x509.SubjectAlternativeName([here]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    (path / "ca.pem").write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    private = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    (path / "key.pem").write_bytes(private)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(path / "ca.pem", path / "key.pem")
    return context
