"""A firm that bills its projects month by month, as long back as its time entries ask for."""
