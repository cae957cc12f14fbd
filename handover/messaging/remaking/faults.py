"""Why a file is not taken, as a code that the child may say aloud; its words are in handover/messaging/wording.py."""


class Unfit(Exception):
    """The file is not taken. `code` is one of the words of wording.UNFIT."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code
