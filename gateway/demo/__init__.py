"""The main job, played through the public HTTP APIs and told in plain lines."""
