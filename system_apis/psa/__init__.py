"""Professional services automation: projects, time, expenses."""
