"""The books of revenue: entries that are never edited, standings, and months that are closed."""
