"""One side's turn as a process of its own: DBOS allows one engine a process."""

import asyncio

from measuring.children import say, task_of

from working.turn import Task, take_turn

say(asyncio.run(take_turn(task_of(Task))))
