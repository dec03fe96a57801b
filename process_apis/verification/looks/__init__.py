"""What always holds, each a pure look at what our own books and the systems say."""
