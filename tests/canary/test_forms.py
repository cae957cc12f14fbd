"""What a form tells the browser about keeping what was typed in it.

A browser writes the state of its pages to the disk, to bring them back after a crash: the words in fields, the names of
chosen files, and the body of a form that it has posted itself. It leaves out forms with autocomplete="off"; and what a
script has posted is no entry of its history.
"""

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
FORM = re.compile(r"<form\b(?:[^>{]|\{%.*?%\}|\{\{.*?\}\})*>", re.DOTALL)
# The password manager works there, and nobody writes of a patient.
SIGN_IN = "sign_in.html"


def posted_forms():
    """The opening tag of each form that posts, with its template."""
    rooms = [path for path in ROOT.iterdir() if path.is_dir() and not path.name.startswith(".")]
    for path in sorted(path for room in rooms for path in room.glob("**/templates/**/*.html")):
        for tag in FORM.findall(path.read_text()):
            if 'method="post"' in tag and path.name != SIGN_IN:
                yield path.relative_to(ROOT), tag


def test_no_form_lets_the_browser_keep_what_is_typed():
    forms = list(posted_forms())
    assert len(forms) > 20
    assert [str(path) for path, tag in forms if 'autocomplete="off"' not in tag] == []


def test_a_form_that_looks_for_a_patient_is_sent_by_script():
    swapped = {str(path).rpartition("/")[2] for path, tag in posted_forms() if "data-swap=" in tag}
    assert swapped == {"search.html", "events.html"}
