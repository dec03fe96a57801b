"""What people read of a case, on a worklist and in a notice. Pure."""


def told(code: str, process: str, step_name: str, work: str | None) -> str:
    """Return what people read of a stop first: whose work it is, and what stopped where."""
    stop = f"{code} stopped {process} at {step_name.replace('_', ' ')}"
    return f"{work}: {stop}" if work else stop
