"""The product's settings, with what a test run needs: its own keys, fast password hashing, demonstration off."""

import atexit
import os
import shutil
import tempfile

os.environ.setdefault("READBACK_SECRET_KEY", "a key for tests only, " + "x" * 40)
if "READBACK_VAR" not in os.environ:
    os.environ["READBACK_VAR"] = tempfile.mkdtemp(prefix="readback-tests-")
    atexit.register(shutil.rmtree, os.environ["READBACK_VAR"], ignore_errors=True)

from config.settings import *  # noqa: F403, E402
from config.settings import DATABASES, STATIC_ROOT, STORAGES  # noqa: E402

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
KEY_PROVIDER = "memory"
DATABASES["default"]["TEST"] = {
    "NAME": os.environ.get("READBACK_TEST_DATABASE", "test_readback"),
    # What it is made from: a database in which the migrations have been applied (tests/migrated.py), or an empty one.
    "TEMPLATE": os.environ.get("READBACK_TEST_TEMPLATE", "") or None,
}
# The files as they lie in the rooms: no test waits for digests of them.
STORAGES = {**STORAGES, "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}}
WHITENOISE_USE_FINDERS = True
STATIC_ROOT.mkdir(exist_ok=True, parents=True)
