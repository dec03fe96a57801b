"""Contract lifecycle management: signed terms, purchase orders."""
