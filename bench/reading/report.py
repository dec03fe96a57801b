"""The report of a run: what each side does and did, and how they compare."""

from collections.abc import Iterator, Sequence

from measuring.figures import Ratio, Spread, paired, short, spread
from msgspec import Struct

from reading.direct import Direct
from reading.sides import DOES
from reading.wire import Wired

PAIRS = [("governed", "litestar"), ("governed", "asgi"), ("litestar", "asgi")]


class Report(Struct, frozen=True, kw_only=True):
    """What a run found. `void` says why it may not be quoted, if it may not."""

    does: dict[str, str]
    direct: list[Direct]
    wired: list[Wired]
    spans_kept: int
    governance_cpu_us: dict[str, float]
    ratios: list[Ratio]
    void: list[str]


def report_of(direct: Sequence[Direct], wired: Sequence[Wired], spans_kept: int) -> Report:
    """Return the report of what was measured."""
    cpu = {(each.register, each.side): each.cpu_us for each in direct}
    registers = sorted({each.register for each in direct}, reverse=True)
    return Report(
        does=DOES,
        direct=list(direct),
        wired=list(wired),
        spans_kept=spans_kept,
        governance_cpu_us={
            register: cpu[register, "governed"] - cpu[register, "litestar"]
            for register in registers
        },
        ratios=[
            *(ratio for register in registers for ratio in _direct_ratios(register, cpu)),
            *(ratio for register in registers for ratio in _wired_ratios(register, wired)),
        ],
        void=[*_lacks(direct), *_lacks(wired)],
    )


def show(report: Report) -> Iterator[str]:
    """Yield the lines that a person reads."""
    yield from (f"{side}: {does}" for side, does in report.does.items())
    yield "In process, CPU a request, least of many chunks:"
    for each in report.direct:
        yield f"  {each.register}, {each.side}: {short(each.cpu_us)} µs {_did(each)}"
    for register, cpu in report.governance_cpu_us.items():
        yield f"  {register}: governance on top of the bare route {short(cpu)} µs"
    yield "Over HTTP on uvicorn, medians of paired rounds:"
    for one in report.wired:
        yield f"  {one.register}, {one.side}: {_wired_figures(one)} {_did(one)}"
    yield f"Spans that the collector took: {report.spans_kept}"
    yield from (str(ratio) for ratio in report.ratios)
    yield from (f"VOID: {lack}" for lack in report.void)


def _direct_ratios(register: str, cpu: dict[tuple[str, str], float]) -> list[Ratio]:
    """Return how many requests one side answers for the CPU of one of the other's."""
    return [
        Ratio(of, over, f"{register}, in process", _single(cpu[register, over] / cpu[register, of]))
        for of, over in PAIRS
    ]


def _wired_ratios(register: str, wired: Sequence[Wired]) -> list[Ratio]:
    sides = {each.side: each.rounds for each in wired if each.register == register}
    return [
        Ratio(
            of,
            over,
            f"{register}, requests per second",
            paired([one.per_second for one in sides[of]], [one.per_second for one in sides[over]]),
        )
        for of, over in PAIRS
        if sides
    ]


def _single(value: float) -> Spread:
    return Spread(value, value, value)


def _wired_figures(each: Wired) -> str:
    speed = spread(one.per_second for one in each.rounds)
    cpu = spread(one.server_cpu_us for one in each.rounds)
    p50 = spread(one.p50_ms for one in each.rounds)
    p99 = spread(one.p99_ms for one in each.rounds)
    return (
        f"{speed} requests/s, {short(cpu.median)} µs of server CPU, "
        f"p50 {short(p50.median)} ms, p99 {short(p99.median)} ms"
    )


def _did(each: Direct | Wired) -> str:
    counted = "".join(f", {many} {what}" for what, many in each.counted.items())
    return f"({each.requests} requests, {_not_2xx(each)} not 2xx{counted})"


def _not_2xx(each: Direct | Wired) -> int:
    if isinstance(each, Direct):
        return each.not_2xx
    return sum(one.not_2xx for one in each.rounds)


def _other_body(each: Direct | Wired) -> int:
    if isinstance(each, Direct):
        return each.other_body
    return sum(one.other_body for one in each.rounds)


def _lacks(measured: Sequence[Direct | Wired]) -> list[str]:
    """Return what a side did not do though it was timed for it."""
    found = []
    for each in measured:
        where = f"{each.register}, {each.side}"
        if bad := _not_2xx(each):
            found.append(f"{where}: {bad} answers were not 2xx")
        if other := _other_body(each):
            found.append(f"{where}: {other} answers had another body")
        for what, many in each.counted.items():
            if many != each.requests:
                found.append(f"{where}: {many} {what} for {each.requests} requests")
    return found
