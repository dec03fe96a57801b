"""From a won opportunity to an active project in every system."""
