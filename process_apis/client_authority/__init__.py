"""Client fields that another system owns, changed where they are not owned: a steward decides."""
