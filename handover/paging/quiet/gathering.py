"""What is for information is gathered for each person: the first opens a window, and its timer closes it.

Whoever sends while a window closes waits for that, and then opens the next one: nothing is told twice, and nothing
falls between two windows (docs/decisions/0095).
"""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from handover.paging.quiet.rules import told_at
from handover.paging.quiet.selectors import settings_of
from live.clock import database_now
from live.inbox import require_transaction
from live.statements import Statement
from live.timers import set_timer

DIGEST = "message.digest"
# In the order of the people, so that two senders never wait for each other in a circle. A window that was closed while
# this waited for its row is no conflict any more, and PostgreSQL inserts.
_GATHER = Statement("""
INSERT INTO quiet_digest (id, person_id, opened, subjects)
SELECT gen_random_uuid(), person_id, %s::timestamptz, ARRAY[%s::uuid]
FROM unnest(%s::uuid[]) AS told (person_id) ORDER BY person_id
ON CONFLICT (person_id) WHERE closed IS NULL DO UPDATE SET subjects = quiet_digest.subjects || EXCLUDED.subjects
RETURNING id, person_id, cardinality(subjects)
""")


def gather(subject_id: UUID, people: Collection[UUID], *, at: datetime) -> None:
    """It waits for the end of each one's window, which it opens where none is open. In the act's transaction."""
    require_transaction()
    rows = _GATHER.all([at, subject_id, sorted(set(people))])
    opened = {person_id: digest_id for digest_id, person_id, count in rows if count == 1}
    if not opened:
        return
    now = database_now()
    for person_id, setting in settings_of(opened, at=at).items():
        set_timer(DIGEST, opened[person_id], after=told_at(setting.hours, at) - now)
