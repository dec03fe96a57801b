"""An authority of the tests, and a server that has a certificate of it for each of its names."""

import ssl
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from aiohttp import web
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

HOUR = timedelta(hours=1)


class Authority:
    """Signs certificates that only who trusts it takes."""

    def __init__(self, folder: Path) -> None:
        self._folder, self._key = folder, ec.generate_private_key(ec.SECP256R1())
        self._name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, folder.name)])
        own = self._builder(self._name, self._key, HOUR)
        own = own.add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        self._written(own.sign(self._key, hashes.SHA256()), "authority")

    def trusted(self) -> ssl.SSLContext:
        """Return the trust of a client that takes this authority's word, and nobody else's."""
        return ssl.create_default_context(cafile=str(self._folder / "authority.pem"))

    def certified(self, host: str, valid_for: timedelta = HOUR) -> ssl.SSLContext:
        """Return a server's side of TLS for a host."""
        key = ec.generate_private_key(ec.SECP256R1())
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, host)])
        theirs = self._builder(name, key, valid_for)
        names = x509.SubjectAlternativeName([x509.DNSName(host)])
        theirs = theirs.add_extension(names, critical=False)
        self._written(theirs.sign(self._key, hashes.SHA256()), host)
        private = key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        (self._folder / f"{host}.key").write_bytes(private)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self._folder / f"{host}.pem", self._folder / f"{host}.key")
        return context

    def _builder(
        self, name: x509.Name, key: ec.EllipticCurvePrivateKey, valid_for: timedelta
    ) -> x509.CertificateBuilder:
        until = datetime.now(UTC) + valid_for
        return (
            x509.CertificateBuilder()
            .subject_name(name)
            .issuer_name(self._name)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(until - 24 * HOUR)
            .not_valid_after(until)
        )

    def _written(self, certificate: x509.Certificate, name: str) -> None:
        told = certificate.public_bytes(serialization.Encoding.PEM)
        (self._folder / f"{name}.pem").write_bytes(told)


class Named:
    """A server that shows the certificate of the name that it is asked by, else its first."""

    def __init__(self, hosts: Sequence[tuple[str, ssl.SSLContext]]) -> None:
        self._contexts = dict(hosts)
        self.first = hosts[0][1]
        self.asked_by: list[str | None] = []
        self.came: list[tuple[str, bytes]] = []
        self.port = 0
        self.first.sni_callback = self._choose

    def _choose(self, connection: ssl.SSLObject, host: str | None, _: ssl.SSLContext) -> None:
        self.asked_by.append(host)
        if host in self._contexts:
            connection.context = self._contexts[host]

    async def take(self, request: web.BaseRequest) -> web.StreamResponse:
        """Take what is sent."""
        self.came.append((request.host, await request.read()))
        return web.Response(status=204)


@asynccontextmanager
async def named(*hosts: tuple[str, ssl.SSLContext]) -> AsyncIterator[Named]:
    """Serve hosts on one free port."""
    found = Named(hosts)
    runner = web.ServerRunner(web.Server(found.take))
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0, ssl_context=found.first).start()
    found.port = runner.addresses[0][1]
    yield found
    await runner.cleanup()
