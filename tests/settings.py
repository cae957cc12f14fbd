"""The product's settings, with what a test run needs: its own keys, fast password hashing, demonstration off."""

import os
import tempfile

os.environ.setdefault("READBACK_SECRET_KEY", "a key for tests only, " + "x" * 40)
os.environ.setdefault("READBACK_VAR", tempfile.mkdtemp(prefix="readback-tests-"))

from config.settings import *  # noqa: F403, E402
from config.settings import DATABASES  # noqa: E402

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
KEY_PROVIDER = "memory"
DATABASES["default"]["TEST"] = {"NAME": os.environ.get("READBACK_TEST_DATABASE", "test_readback")}
