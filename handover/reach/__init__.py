"""The ways to reach a person outside the page: what is to be sent, by which channel, and what became of it."""
