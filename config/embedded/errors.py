"""What a launcher says when it cannot start something: a sentence for the person at the terminal, no traceback."""


class EmbeddedError(Exception):
    """The message says what happened and what to do next."""
