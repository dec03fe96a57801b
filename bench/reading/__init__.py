"""Three ways to answer the same read of one project, and two ways to measure them."""
