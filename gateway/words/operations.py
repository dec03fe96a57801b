"""What the fields of operations mean, by their names; see `fields.py`."""

from collections.abc import Mapping

OPERATIONS: Mapping[str, str] = {
    "answered_at": "When the system last did what was asked of it, since this process began.",
    "breaker": "Whether calls of the system are let through: all, one to try, or none.",
    "consumers": "The client applications that called meanwhile.",
    "exception_id": "The case of the exception queue.",
    "failing": "Whether anything that was asked of it lately has failed, and not worked since.",
    "failures": "How many calls failed.",
    "kinds": "How calls failed on their way since this process began, kind by kind.",
    "latency_ratio": "The share of calls that is to be answered in time.",
    "last_at": "When it failed last.",
    "left_to_others": "The cases of the caller's own work, which somebody else is to replay.",
    "money_waiting": "What the waiting work is about, one sum for each currency.",
    "processes": "The processes that called meanwhile, or whose runs wait.",
    "quota": "What is left of the system's own quotas, and when they begin anew.",
    "replayed": "The cases that are tried again.",
    "retrying": "The runs that try again by themselves.",
    "stranded": "The runs that gave up, and may be replayed from here.",
    "trace_ids": "The latest traces in which it failed, to look at.",
    "tried": "How often the step was tried.",
    "unprocessed_seconds": "The age of the oldest event of the system that is not processed.",
    "without_amount": "How many of the waiting runs are about money that nobody knows.",
}
