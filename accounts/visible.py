"""Text as a person sees it: without the marks that nobody sees (control, direction, zero width)."""

import unicodedata


def visible(text: str) -> str:
    """The text without them, every run of blanks as one."""
    kept = "".join(" " if mark.isspace() else mark for mark in text if _is_seen(mark))
    return " ".join(kept.split())


def _is_seen(mark: str) -> bool:
    # Cc and Cf: control and format characters, right-to-left marks among them (Unicode 15, chapter 23).
    return mark.isspace() or unicodedata.category(mark) not in {"Cc", "Cf"}
