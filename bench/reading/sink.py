"""A collector of spans on loopback, so that sending them is part of what is measured."""

import gzip
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from multiprocessing import get_context
from multiprocessing.connection import Connection
from threading import Thread

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest


class Sink:
    """Where spans arrive, and how many did."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.spans = 0


@contextmanager
def span_sink() -> Iterator[Sink]:
    """Take spans on a free port for as long as the block runs."""

    class Taking(BaseHTTPRequestHandler):
        """Takes one batch."""

        def do_POST(self) -> None:
            """Count the spans of a batch."""
            sink.spans += _spans(self)
            self.send_response(200)
            self.send_header("content-length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002  # its name there
            """Say nothing."""

    server = HTTPServer(("127.0.0.1", 0), Taking)
    sink = Sink(f"http://127.0.0.1:{server.server_port}/v1/traces")
    thread = Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    yield sink
    server.shutdown()
    thread.join()
    server.server_close()


@contextmanager
def collecting() -> Iterator[Connection]:
    """Collect spans in a process of its own, which says where, and at the end how many."""
    ours, theirs = get_context("spawn").Pipe()
    process = get_context("spawn").Process(target=_collect, args=(theirs,))
    process.start()
    yield ours
    process.join()


def _collect(told: Connection) -> None:
    with span_sink() as sink:
        told.send(sink.url)
        told.recv()
        told.send(sink.spans)


def _spans(taking: BaseHTTPRequestHandler) -> int:
    body = taking.rfile.read(int(taking.headers["content-length"]))
    if taking.headers.get("content-encoding") == "gzip":
        body = gzip.decompress(body)
    batch = ExportTraceServiceRequest.FromString(body)
    return sum(
        len(scope.spans) for resource in batch.resource_spans for scope in resource.scope_spans
    )
