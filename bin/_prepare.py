"""Makes the virtual environment and installs the pinned packages, then becomes the program that was asked for.

It runs under the machine's own python3 and uses its standard library only. Packages are installed again when what is
pinned has changed, which a digest in the environment tells.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
OLDEST = (3, 11)
CONSTRAINTS = ROOT / "constraints.txt"
PROGRAMS = {
    "serve": ("requirements.txt", ["-m", "config.launch"]),
    "test": ("requirements-dev.txt", ["-m", "tests.run"]),
}


class Unprepared(Exception):
    """What stands in the way, and what to do about it."""


def main(arguments: list[str]) -> int:
    """Never returns when all is well: the process becomes the program."""
    requirements, program = PROGRAMS[arguments[0]]
    try:
        if sys.version_info < OLDEST:
            wanted, found = ".".join(map(str, OLDEST)), ".".join(map(str, sys.version_info[:3]))
            raise Unprepared(
                f"Readback needs Python {wanted} or later, and python3 is {found}. Set PYTHON to a later one."
            )
        make_environment()
        install(requirements)
    except Unprepared as exc:
        print(f"bin/{arguments[0]}: {exc}", file=sys.stderr)
        return 1
    sys.stdout.flush()
    os.chdir(ROOT)
    os.execv(PYTHON, [str(PYTHON), *program, *arguments[1:]])  # noqa: S606 - that is the purpose


def make_environment() -> None:
    """A working .venv. Debian's python3 has no ensurepip: then one without pip, which the machine's pip fills."""
    if runs([str(PYTHON), "-c", ""]):
        return
    started = time.monotonic()
    if VENV.exists():
        shutil.rmtree(VENV)
    command = [sys.executable, "-m", "venv"]
    if not runs([*command, str(VENV)]):
        if VENV.exists():
            shutil.rmtree(VENV)
        done = subprocess.run([*command, "--without-pip", str(VENV)], capture_output=True, text=True, check=False)
        if done.returncode:
            raise Unprepared(
                f"python3 -m venv failed: {last_line(done)}. Install your system's python3-venv, then try again."
            )
    step("virtual environment made", started)


def install(requirements: str) -> None:
    """The packages of the file, exactly as pinned; nothing is asked of the network when they are there already."""
    digest = digest_of(requirements)
    mark = VENV / f".installed-{requirements}"
    if mark.exists() and mark.read_text() == digest:
        return
    print(f"           installing the packages of {requirements} (the first time takes a minute)", flush=True)
    started = time.monotonic()
    command = [*pip(), "install", "--quiet", "--disable-pip-version-check", "--retries", "1"]
    command += ["--requirement", str(ROOT / requirements), "--constraint", str(CONSTRAINTS)]
    done = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    if done.returncode:
        raise Unprepared(
            f"the packages could not be installed. pip said: {last_line(done)}\n"
            "The first start needs the network (or a pip configuration that names a mirror). "
            "Check the connection, then start again: what is installed already is kept."
        )
    mark.write_text(digest)
    step(f"packages of {requirements} installed", started)


def pip() -> list[str]:
    """The environment's pip, else the machine's pip told to work on the environment (pip 22.3 or later)."""
    if runs([str(PYTHON), "-m", "pip", "--version"]):
        return [str(PYTHON), "-m", "pip"]
    outer = [sys.executable, "-m", "pip", "--python", str(PYTHON)]
    if runs([*outer, "--version"]):
        return outer
    raise Unprepared("python3 has no pip (22.3 or later). Install your system's python3-pip, then try again.")


def digest_of(requirements: str) -> str:
    """Of all the files that decide what is installed, and of the Python that they are installed for."""
    parts = [sys.version.encode()]
    parts += [(ROOT / name).read_bytes() for name in ("requirements.txt", requirements, CONSTRAINTS.name)]
    return hashlib.sha256(b"\0".join(parts)).hexdigest()


def runs(command: list[str]) -> bool:
    """Whether the command ends well."""
    try:
        return subprocess.run(command, cwd=ROOT, capture_output=True, check=False).returncode == 0
    except OSError:
        return False


def last_line(done: subprocess.CompletedProcess[str]) -> str:
    """What a failed command said last, but for notices."""
    said = f"{done.stdout or ''}\n{done.stderr or ''}".splitlines()
    lines = [line.strip() for line in said if line.strip() and not line.startswith(("WARNING", "[notice]"))]
    return lines[-1] if lines else "nothing"


def step(words: str, started: float) -> None:
    """One line per step, with its seconds."""
    print(f"{time.monotonic() - started:8.1f} s  {words}", flush=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
