"""What the fields of notices mean, by their names; see `fields.py`."""

from collections.abc import Mapping

NOTICES: Mapping[str, str] = {
    "channel": "The way by which somebody is told, by the name that the firm gave it.",
    "free_days_too": "Whether they are also told on weekends and holidays.",
    "lines": "What was told, thing by thing.",
    "link": "The address that leads to it.",
    "made_at": "When it was put together.",
    "notices": "How many things it tells of.",
    "pace": "Whether they are told at once, or once a day.",
    "quiet_from": "From when in the day they are not disturbed.",
    "quiet_until": "Until when in the day they are not disturbed.",
    "read_at": "The address at which to read it.",
    "sent_at": "When it was sent.",
    "text": "What it says.",
    "timezone": "The name of the time zone that they live in.",
    "worklist_at": "The address of the worklist that it stands on.",
}
