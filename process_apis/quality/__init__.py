"""Records are judged by the rules of quality as they change."""
