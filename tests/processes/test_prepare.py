"""What comes before everything: the virtual environment and its packages, under the machine's own python3."""

import shutil
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path

import pytest

from tests.processes.commands import ROOT, Said, operator_environment, run

NOWHERE = {"PIP_CONFIG_FILE": "/dev/null", "PIP_INDEX_URL": "http://127.0.0.1:1/simple"}


@pytest.fixture(scope="module")
def checkout(tmp_path_factory) -> Path:
    """What bin/_prepare.py looks at, with the environment of a Python that is no longer there."""
    made = tmp_path_factory.mktemp("checkout")
    (made / "bin").mkdir()
    for name in ("bin/_prepare.py", "requirements.txt", "requirements-dev.txt", "constraints.txt"):
        shutil.copy(ROOT / name, made / name)
    (made / ".venv" / "bin").mkdir(parents=True)
    (made / ".venv" / "bin" / "python").symlink_to("/no/longer/there/python")
    return made


@pytest.fixture(scope="module")
def first_start(checkout: Path) -> Said:
    """bin/serve there, without a network."""
    return prepare(checkout)


def prepare(checkout: Path) -> Said:
    environment = operator_environment(**NOWHERE, PIP_FIND_LINKS="")
    return run(str(checkout / "bin" / "_prepare.py"), "serve", environment=environment, program="")


def test_a_broken_environment_is_made_anew(first_start) -> None:
    assert "virtual environment made" in first_start.text


def test_no_network_at_the_first_start_is_said_in_words(first_start) -> None:
    assert first_start.code == 1
    assert "bin/serve: the packages could not be installed" in first_start.text
    assert "needs the network" in first_start.text
    assert "Traceback" not in first_start.text


def test_packages_that_are_there_are_not_asked_for_again(checkout, first_start) -> None:
    """With the mark of the present digest nothing is installed, so a second start needs no network."""
    spec = spec_from_file_location("prepare", checkout / "bin" / "_prepare.py")
    assert spec
    assert spec.loader
    prepared = module_from_spec(spec)
    spec.loader.exec_module(prepared)
    mark = checkout / ".venv" / ".installed-requirements.txt"
    mark.write_text(prepared.digest_of("requirements.txt"))
    said = prepare(checkout)
    mark.unlink()
    # The program itself is not in this directory; that it was reached is the point.
    assert "No module named 'config'" in said.text
