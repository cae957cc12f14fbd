"""The review: what the rules found is kept as flags, asked about and settled."""
