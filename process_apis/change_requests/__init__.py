"""What a change of a contract or of a milestone brings with it, told before it is carried out."""
