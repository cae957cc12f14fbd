"""Writes the digests of verify.html's own script and style into its Content-Security-Policy. Run it after an edit.

    python verifier/seal_page.py
A browser runs nothing else in that page, and it may fetch nothing: tests/verifier/test_page.py holds it to that.
"""

import re
from base64 import b64encode
from hashlib import sha256
from pathlib import Path

PAGE = Path(__file__).with_name("verify.html")


def sealed(page: str) -> str:
    """The page with the digests of what is in it."""
    for tag, directive in (("script", "script-src"), ("style", "style-src")):
        (inner,) = re.findall(rf"<{tag}>(.*?)</{tag}>", page, re.DOTALL)
        digest = b64encode(sha256(inner.encode()).digest()).decode()
        page = re.sub(rf"{directive} '[^']*'", f"{directive} 'sha256-{digest}'", page, count=1)
    return page


if __name__ == "__main__":
    PAGE.write_text(sealed(PAGE.read_text()))
