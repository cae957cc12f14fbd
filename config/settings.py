"""Settings, read from the environment once. bin/serve and the tests set what they need there; a hospital likewise."""

import os
from datetime import timedelta
from pathlib import Path
from urllib.parse import parse_qsl, unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured

BASE_DIR = Path(__file__).resolve().parent.parent
VAR_DIR = Path(os.environ.get("READBACK_VAR", BASE_DIR / "var"))


# Off behind a pooler that shares connections between transactions: the statements that live/statements.py plans once
# for each connection would be looked for on another one.
DATABASE_PREPARE = os.environ.get("READBACK_PREPARE", "1") == "1"


def _database(url: str) -> dict[str, object]:
    """Django's form of postgres://user:password@host:port/name?host=/socket/dir."""
    parts = urlsplit(url)
    if parts.scheme not in {"postgres", "postgresql"} or len(parts.path) < 2:
        raise ImproperlyConfigured("DATABASE_URL must read postgres://user:password@host:port/name.")
    options = dict(parse_qsl(parts.query))
    options.setdefault("connect_timeout", "10")
    if DATABASE_PREPARE:
        # The plan that is made once is kept, and not weighed against a new one each time.
        options.setdefault("options", "-c plan_cache_mode=force_generic_plan")
    return {
        "ENGINE": "live.engine",
        "NAME": parts.path.lstrip("/"),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": options.pop("host", parts.hostname or ""),
        "PORT": options.pop("port", str(parts.port or "")),
        "OPTIONS": options,
        # A cursor on the server's side is declared by one statement: who acts could not be said in front of its query.
        "DISABLE_SERVER_SIDE_CURSORS": True,
        # Every request runs in a fixed pool of threads (live/pool.py) with one kept connection each.
        "CONN_MAX_AGE": None,
        "CONN_HEALTH_CHECKS": True,
    }


def _secret(variable: str) -> str:
    """What the file holds that this variable names; nothing where it is not set."""
    path = os.environ.get(variable, "")
    return Path(path).read_text(encoding="utf-8").strip() if path else ""


DEMONSTRATION = os.environ.get("READBACK_DEMONSTRATION") == "1"
# Set by bin/serve alone, when the database is the private one that it has started (config/launch.py).
EMBEDDED = os.environ.get("READBACK_EMBEDDED") == "1"
DEBUG = False
SECRET_KEY = os.environ.get("READBACK_SECRET_KEY", "")
ALLOWED_HOSTS = [host for host in os.environ.get("READBACK_HOSTS", "localhost,127.0.0.1").split(",") if host]
# Exact origins, scheme and port included: what a socket may be opened from, and what a form may be posted from.
ORIGINS = [origin for origin in os.environ.get("READBACK_ORIGINS", "http://localhost:8000").split(",") if origin]
CSRF_TRUSTED_ORIGINS = ORIGINS
KEY_PROVIDER = os.environ.get("READBACK_KEY_PROVIDER", "file")
KEY_FILE = Path(os.environ.get("READBACK_KEY_FILE", VAR_DIR / "keys" / "kek.json"))
# The key that signs the log's checkpoints (vault/signing.py).
LOG_KEY_FILE = Path(os.environ.get("READBACK_LOG_KEY_FILE", KEY_FILE.with_name("log.json")))
# Who outside co-signs the checkpoints (ledger/witnesses.py): "URL VKEY, URL VKEY"; and how many of them must have.
LOG_WITNESSES = [line.split() for line in os.environ.get("READBACK_WITNESSES", "").split(",") if line.strip()]
LOG_WITNESS_QUORUM = int(os.environ.get("READBACK_WITNESS_QUORUM", "1"))
# Where every event goes besides: syslog over TLS (audit/outgoing/feed.py). tls://host:6514
FEED_URL = os.environ.get("READBACK_FEED_URL", "")
FEED_CA_FILE = os.environ.get("READBACK_FEED_CA_FILE", "")
FEED_CERT_FILE = os.environ.get("READBACK_FEED_CERT_FILE", "")
FEED_KEY_FILE = os.environ.get("READBACK_FEED_KEY_FILE", "")
# For a receiver that ends a connection without TLS's own goodbye: its end alone then counts as taken.
FEED_PLAIN_CLOSE = os.environ.get("READBACK_FEED_PLAIN_CLOSE") == "1"
REDIS_URL = os.environ.get("REDIS_URL", "")
# How long a lost hint, or the end of a session that nobody told of, may go unnoticed.
LIVE_POLL_SECONDS = float(os.environ.get("READBACK_POLL_SECONDS", "15"))
# Timers and what is sent outside the page are left to `manage.py worker`, and taken up where it is not (0083).
WORKER_APART = os.environ.get("READBACK_WORKER") == "apart"
# How many threads for requests, and so how many database connections, a server process works with.
LIVE_POOL_THREADS = int(os.environ.get("READBACK_POOL_THREADS", "8"))
# The paths that take files: imports, and messages with a file, from a page without scripts (each has its own bound).
LIVE_LARGE_BODY_PATHS = ("/import/", "/api/v1/import", "/messages/send/", "/messages/patients/")

INSTALLED_APPS = [
    "config",
    "audit.retention",
    "audit",
    "audit.outgoing",
    "audit.disclosures",
    "audit.review",
    "handover.interop",
    "handover.calls.scripts",
    "handover.messaging",
    "handover.paging.quiet",
    "handover.paging",
    "handover.transfers",
    "handover.patients",
    "handover.directory",
    "handover.duty",
    "handover.reach.push",
    "handover.reach.points",
    "handover.reach",
    "accounts.sso",
    "accounts.scim",
    "accounts.waits",
    "accounts.factors",
    "accounts.people",
    "accounts",
    "ledger",
    "live",
    "vault",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django_otp",
    "django_otp_webauthn",
    "channels",
]

MIDDLEWARE = [
    # Outermost, so that static files, redirects and error pages carry the headers too.
    "config.middleware.HeadersMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "accounts.middleware.ActorMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "config.errors.RefusalMiddleware",
]

ROOT_URLCONF = "config.urls"
ASGI_APPLICATION = "config.asgi.application"
WSGI_APPLICATION = "config.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "config.context.page",
            ],
            "builtins": ["config.templatetags.readback"],
        },
    }
]

# The server's own role, which owns nothing (config/roles.py).
DATABASES = {"default": _database(os.environ.get("DATABASE_URL", "postgres:///readback"))}


def _login(variable: str) -> dict[str, object] | None:
    """Who else logs in to the same database, by that variable's address; None where it is not set."""
    url = os.environ.get(variable, "")
    return {name: _database(url)[name] for name in ("USER", "PASSWORD", "HOST", "PORT")} if url else None


# How `migrate` and `flush` log in instead: as the owner of the tables, or as who may become it. Needed on the day of a
# migration only. What orders the log, and what only reads it to verify it, have their own (ledger/logins.py).
DATABASE_OWNER = _login("READBACK_OWNER_URL")
DATABASE_SEQUENCER = _login("READBACK_SEQUENCER_URL")
DATABASE_READER = _login("READBACK_READER_URL")
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

AUTH_USER_MODEL = "accounts.Person"
PASSWORD_HASHERS = ["accounts.hashers.Argon2idHasher"]

# The hospital's own OpenID provider (docs/sso.md). Without an issuer nothing of it shows.
OIDC_ISSUER = os.environ.get("READBACK_OIDC_ISSUER", "")
OIDC_CLIENT_ID = os.environ.get("READBACK_OIDC_CLIENT_ID", "")
OIDC_CLIENT_SECRET_FILE = os.environ.get("READBACK_OIDC_CLIENT_SECRET_FILE", "")
OIDC_CLIENT_AUTH = os.environ.get("READBACK_OIDC_CLIENT_AUTH", "client_secret_basic")
# Other hosts of the provider, as https addresses, where its keys or tokens lie elsewhere than its issuer.
OIDC_HOSTS = [host for host in os.environ.get("READBACK_OIDC_HOSTS", "").split(",") if host]
# What says that somebody showed two factors there; everybody else shows one of ours after it.
OIDC_ACR_VALUES = os.environ.get("READBACK_OIDC_ACR_VALUES", "").split()
OIDC_AMR_VALUES = os.environ.get("READBACK_OIDC_AMR_VALUES", "").split()
# "login": everybody signs in at the provider anew, as on a phone that several people share. "": its session counts.
OIDC_PROMPT = os.environ.get("READBACK_OIDC_PROMPT", "login")
OIDC_LINK_BY_EMAIL = os.environ.get("READBACK_OIDC_LINK_BY_EMAIL") == "1"
# Who may still sign in by a password of ours once there is a provider: addresses, or * for everybody.
LOCAL_SIGN_IN = frozenset(os.environ.get("READBACK_LOCAL_SIGN_IN", "*").lower().replace(",", " ").split())
# Wrong passwords a minute in the whole house, from which on a guess from where nobody signs in waits. 0: off.
SIGN_IN_BREAKER = int(os.environ.get("READBACK_SIGN_IN_BREAKER", "300"))
# "externalId": what the directory calls a new person is their `sub` at the provider, and links them. "": links nobody.
SCIM_SUBJECT = os.environ.get("READBACK_SCIM_SUBJECT", "")
# The roles that a directory may give (docs/sso.md): who gives access, and who reads the record, is made by hand.
SCIM_ROLES = frozenset(os.environ.get("READBACK_SCIM_ROLES", "nurse physician call_agent").replace(",", " ").split())
# A session ends when nobody has touched its device for this long (the first is for one's own), and at the latest this
# long after sign-in.
SESSION_IDLE = timedelta(minutes=int(os.environ.get("READBACK_IDLE_MINUTES", "15")))
SESSION_IDLE_SHARED = timedelta(minutes=int(os.environ.get("READBACK_IDLE_MINUTES_SHARED", "5")))
SESSION_IDLE_CONSOLE = timedelta(minutes=int(os.environ.get("READBACK_IDLE_MINUTES_CONSOLE", "10")))
SESSION_ABSOLUTE = timedelta(hours=int(os.environ.get("READBACK_SESSION_HOURS", "12")))
# Whoever knows the password has so long to show a factor; and a factor is fresh for so long (accounts/stepup.py).
SECOND_FACTOR_WITHIN = timedelta(minutes=10)
STEP_UP_WITHIN = timedelta(minutes=5)
# What a passkey is bound to: this installation's host name. Whoever changes it makes every passkey void.
PASSKEY_NAME = (
    os.environ.get("READBACK_PASSKEY_NAME") or urlsplit(ORIGINS[0] if ORIGINS else "").hostname or "localhost"
)
OTP_WEBAUTHN_RP_ID, OTP_WEBAUTHN_RP_NAME, OTP_WEBAUTHN_ALLOWED_ORIGINS = PASSKEY_NAME, "Readback", ORIGINS
OTP_WEBAUTHN_EXCEPTION_LOGGER_NAME = ""
# How many different patients one person opens on a day before they are stopped (handover/patients/budget.py).
PATIENTS_A_DAY = int(os.environ.get("READBACK_PATIENTS_A_DAY", "150"))
# How long the oldest backup is kept, seven days at least: an approved erasure waits for so long, so that each backup
# which is kept after it knows of it (docs/retention.md).
BACKUP_WINDOW = timedelta(days=max(7, int(os.environ.get("READBACK_BACKUP_DAYS", "35"))))
LOGIN_URL = "/sign-in/"
SESSION_ENGINE = "accounts.cookies"
SESSION_COOKIE_SECURE = os.environ.get("READBACK_HTTPS") == "1"
# A browser takes a cookie of this prefix over HTTPS only, for this host and all of it: no neighbour can plant one.
SESSION_COOKIE_NAME = "__Host-readback" if SESSION_COOKIE_SECURE else "readback"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_AGE = 12 * 3600
# Says which shared phone this is, and nothing of a person; as long as the phone is shared.
PHONE_COOKIE_NAME = "__Host-readback-phone" if SESSION_COOKIE_SECURE else "readback_phone"
CSRF_COOKIE_SECURE = SESSION_COOKIE_SECURE
CSRF_USE_SESSIONS = True
CSRF_FAILURE_VIEW = "config.errors.csrf_failure"
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
if SESSION_COOKIE_SECURE:
    # Behind a proxy that ends TLS and sets the header itself, whatever a client sent (deploy/).
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    SECURE_HSTS_SECONDS = 365 * 24 * 3600
    SECURE_HSTS_INCLUDE_SUBDOMAINS = True
# The addresses or networks of the proxies whose X-Forwarded-For is believed (accounts/addresses.py).
PROXIES = [proxy for proxy in os.environ.get("READBACK_PROXIES", "").split(",") if proxy]

# Invitations go by e-mail where a server is named; without one the letter is written to the process's output.
EMAIL_HOST = os.environ.get("READBACK_MAIL_HOST", "")
EMAIL_PORT = int(os.environ.get("READBACK_MAIL_PORT", "587"))
EMAIL_USE_TLS = os.environ.get("READBACK_MAIL_TLS", "1") == "1"
EMAIL_TIMEOUT = 10
EMAIL_BACKEND = f"django.core.mail.backends.{'smtp' if EMAIL_HOST else 'console'}.EmailBackend"
DEFAULT_FROM_EMAIL = os.environ.get("READBACK_MAIL_FROM", "readback@localhost")

# The ways to reach a person outside the page (docs/channels.md). One that is not set is offered to nobody.
SMS_URL = os.environ.get("READBACK_SMS_URL", "")
VOICE_URL = os.environ.get("READBACK_VOICE_URL", "")
# What requests to and from the provider are signed with.
GATEWAY_SECRET = _secret("READBACK_GATEWAY_SECRET_FILE")
# A pager gateway that speaks SNPP, host:port; and the number that a pager shows to be called back.
PAGER_GATEWAY = os.environ.get("READBACK_PAGER_GATEWAY", "")
PAGER_CALL_BACK = os.environ.get("READBACK_PAGER_CALL_BACK", "")
# Web Push: who answers for what this installation sends, mailto: or https:, as push services ask; and which of them it
# may send to. A host that begins with a dot stands for all below it. Loopback is for tests.
PUSH_CONTACT = os.environ.get("READBACK_PUSH_CONTACT", "mailto:readback@localhost" if DEMONSTRATION else "")
PUSH_HOSTS = os.environ.get(
    "READBACK_PUSH_HOSTS",
    "fcm.googleapis.com .push.services.mozilla.com .push.apple.com .notify.windows.com",
).split()
PUSH_LOOPBACK = os.environ.get("READBACK_PUSH_LOOPBACK") == "1"
# Where the canary goes: "sms=+44..., email=canary@hospital.example" (manage.py canary).
CANARY = dict(line.strip().split("=", 1) for line in os.environ.get("READBACK_CANARY", "").split(",") if "=" in line)

LANGUAGE_CODE = "en-gb"
USE_I18N = True
USE_TZ = True
TIME_ZONE = os.environ.get("READBACK_TIME_ZONE", "Europe/London")
LOCALE_PATHS = [BASE_DIR / "locale"]

STATIC_URL = "/static/"
STATIC_ROOT = VAR_DIR / "static"
STORAGES = {
    # Nothing that is uploaded is kept as a file.
    "default": {"BACKEND": "django.core.files.storage.InMemoryStorage"},
    "staticfiles": {"BACKEND": "config.static_files.DigestedStaticFiles"},
}
WHITENOISE_ALLOW_ALL_ORIGINS = False
WHITENOISE_MIMETYPES = {".webmanifest": "application/manifest+json"}
# An upload holds patients: it stays in memory, and no copy of it lies in a temporary directory.
FILE_UPLOAD_HANDLERS = ["django.core.files.uploadhandler.MemoryFileUploadHandler"]
FILE_UPLOAD_MAX_MEMORY_SIZE = 64 * 1024 * 1024

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"json": {"()": "config.logs.JsonLines"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "json"}},
    "root": {"handlers": ["stderr"], "level": "WARNING"},
    "loggers": {
        "readback": {"level": "INFO"},
        # Django's own handlers would mail or print what this server must not; every record goes to the root's one.
        "django": {"handlers": [], "level": "WARNING", "propagate": True},
        "django.request": {"level": "ERROR"},
        "daphne": {"level": "ERROR"},
    },
}
