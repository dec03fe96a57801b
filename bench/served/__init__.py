"""What `strata serve` runs, in a process of its own, with all of its way in or less."""
