"""The commands of `strata`, a file for each thing that people do with it."""
