"""Messages to people: mail and chat rooms, which take words and keep no books."""
