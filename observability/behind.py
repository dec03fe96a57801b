"""Writing behind: lines are handed to a thread, and nobody waits until they are written."""

import queue
import threading
from collections.abc import Callable

MOST_WAITING = 256


class Behind:
    """Hands lines to a writer on a thread of its own, which begins with the first of them.

    What the writer cannot keep up with is lost and counted, rather than waited for.
    """

    def __init__(self, write: Callable[[bytes], None], lose: Callable[[bytes], None]) -> None:
        self._write, self._lose = write, lose
        self._waiting: queue.Queue[bytes] = queue.Queue(MOST_WAITING)
        self._thread: threading.Thread | None = None

    def put(self, lines: bytes) -> None:
        """Have lines written soon, or count them as lost."""
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name="log", daemon=True)
            self._thread.start()
        try:
            self._waiting.put_nowait(lines)
        except queue.Full:
            self._lose(lines)

    def drain(self, patience_seconds: float = 5.0) -> None:
        """Wait until everything is written, but not for long."""
        with self._waiting.all_tasks_done:
            self._waiting.all_tasks_done.wait_for(
                lambda: not self._waiting.unfinished_tasks, patience_seconds
            )

    def _run(self) -> None:
        while True:
            lines = self._waiting.get()
            self._write(lines)
            self._waiting.task_done()
