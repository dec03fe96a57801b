"""One key figure a module: pure decisions over recorded facts."""
