"""One side served as a process of its own."""

import uvloop
from measuring.children import task_of

from reading.wire import Task, serve_side

uvloop.run(serve_side(task_of(Task)))
