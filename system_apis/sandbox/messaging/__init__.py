"""The sandbox firm's mail, Slack and Teams: what was sent to whom, to be looked at."""
