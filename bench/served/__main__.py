"""One side served as a process of its own."""

import uvloop
from measuring.children import task_of

from gateway.commands.serving import run_gateway
from served.side import Task, settings_of, way_in

task = task_of(Task)
uvloop.run(run_gateway(settings_of(task), way_in(task.lacks)))
