"""Django's session in the database, read by one statement written by hand: every request begins with it.

Only the look-up is another; what is kept, for how long and under which key is Django's own.
"""

from django.contrib.sessions.backends import db
from django.contrib.sessions.models import Session
from django.utils import timezone

from live.rows import columns, made
from live.statements import Statement

_LIVE = Statement(f"""
SELECT {columns(Session, "s")} FROM django_session s WHERE s.session_key = %s AND s.expire_date > %s
""")  # noqa: S608 -- the names of columns


# Each new row removes some that have expired: readers of the sign-in page, who each leave one, fill no disk.
SWEPT_AT_ONCE = 20
# An array, because a subquery may be run again for each row, and its LIMIT would hold for none of them.
_SWEEP = Statement("""
DELETE FROM django_session WHERE session_key = ANY(ARRAY(
    SELECT session_key FROM django_session WHERE expire_date < %s ORDER BY expire_date LIMIT %s FOR UPDATE SKIP LOCKED
))
""")


class SessionStore(db.SessionStore):
    """What settings.SESSION_ENGINE names."""

    def save(self, must_create: bool = False) -> None:
        super().save(must_create=must_create)
        if must_create:
            _SWEEP.run([timezone.now(), SWEPT_AT_ONCE])

    def _get_session_from_db(self) -> Session | None:
        """The row of the cookie's key, unless it has expired; without one the key is forgotten, as Django does."""
        # What Django makes as a key has no other signs; a NUL among them PostgreSQL would not even be asked about.
        is_key = str(self.session_key).isalnum()
        found = _LIVE.first([self.session_key, timezone.now()]) if is_key else None
        if found is None:
            self._session_key = None
            return None
        return made(Session, found)
