"""From a posted invoice to the client's money."""
