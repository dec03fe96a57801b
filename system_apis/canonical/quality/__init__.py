"""What is wrong with the nouns of the firm: the predicates of the rules of quality."""
