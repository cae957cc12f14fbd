"""Triggers for what no constraint can say: numbers without a gap, words that do not change, answers to what stands.

They hold whatever wrote the row. Each refuses with the code of a check constraint (23514), through the function that
refuses for transfers, which is below this room.
"""

from django.db import migrations

# Deferred to the commit: the act counts up under the lock of the thread's row first, and writes the message then.
THREAD = """
CREATE FUNCTION messaging_thread_counts() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF to_jsonb(NEW) - 'last_number' <> to_jsonb(OLD) - 'last_number' THEN
        PERFORM transfers_refuse('a thread stays what it is');
    END IF;
    IF NEW.last_number NOT IN (OLD.last_number, OLD.last_number + 1) THEN
        PERFORM transfers_refuse('a thread counts one by one');
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER messaging_thread_counts BEFORE UPDATE ON messaging_thread
    FOR EACH ROW EXECUTE FUNCTION messaging_thread_counts();
CREATE FUNCTION messaging_thread_has_its_last() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    acting text := current_setting('readback.acting', true);
    is_there boolean;
BEGIN
    -- At the commit nobody may act any more, and row-level security would hide what is there.
    PERFORM set_config('readback.acting', 'system:messaging.count', true);
    SELECT EXISTS (SELECT FROM messaging_message m WHERE m.thread_id = NEW.id AND m.number = NEW.last_number)
        INTO is_there;
    PERFORM set_config('readback.acting', COALESCE(acting, ''), true);
    IF NEW.last_number > 0 AND NOT is_there THEN
        PERFORM transfers_refuse('a number of a thread is the number of a message');
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER messaging_thread_has_its_last AFTER INSERT OR UPDATE ON messaging_thread
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION messaging_thread_has_its_last();
CREATE FUNCTION messaging_message_is_next() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.number IS DISTINCT FROM (SELECT t.last_number FROM messaging_thread t WHERE t.id = NEW.thread_id) THEN
        PERFORM transfers_refuse('a message has the number that its thread counts');
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER messaging_message_is_next BEFORE INSERT ON messaging_message
    FOR EACH ROW EXECUTE FUNCTION messaging_message_is_next();
"""

# The thread's row is locked by who revises and by who answers, so that neither passes the other unseen.
REVISION = """
CREATE FUNCTION messaging_revision_is_next() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM FROM messaging_thread t JOIN messaging_message m ON m.thread_id = t.id
        WHERE m.id = NEW.message_id FOR NO KEY UPDATE OF t;
    IF NEW.number <> 1 + COALESCE((SELECT max(r.number) FROM messaging_revision r WHERE r.message_id = NEW.message_id), 0)
    THEN
        PERFORM transfers_refuse('a revision is the next of its message');
    END IF;
    IF EXISTS (SELECT FROM messaging_revision r WHERE r.message_id = NEW.message_id AND r.kind = 'retracted') THEN
        PERFORM transfers_refuse('what was retracted is not revised');
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER messaging_revision_is_next BEFORE INSERT ON messaging_revision
    FOR EACH ROW EXECUTE FUNCTION messaging_revision_is_next();
CREATE FUNCTION messaging_answer_stands() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    current integer;
BEGIN
    PERFORM FROM messaging_thread t JOIN messaging_message m ON m.thread_id = t.id
        WHERE m.id = NEW.message_id FOR NO KEY UPDATE OF t;
    SELECT COALESCE(max(r.number), 0) INTO current FROM messaging_revision r WHERE r.message_id = NEW.message_id;
    IF NEW.revision <> current THEN
        PERFORM transfers_refuse('an answer is to the message as it stands');
    END IF;
    IF EXISTS (SELECT FROM messaging_revision r WHERE r.message_id = NEW.message_id AND r.kind = 'retracted') THEN
        PERFORM transfers_refuse('what was retracted is not answered');
    END IF;
    IF NOT EXISTS (
        SELECT FROM messaging_recipient t WHERE t.message_id = NEW.message_id AND t.person_id = NEW.person_id
    ) THEN
        PERFORM transfers_refuse('whoever answers was addressed');
    END IF;
    IF NEW.answer = 'done' AND NOT EXISTS (
        SELECT FROM messaging_acknowledgement a WHERE a.message_id = NEW.message_id AND a.person_id = NEW.person_id
            AND a.revision = NEW.revision AND a.answer = 'owned'
    ) THEN
        PERFORM transfers_refuse('whoever is done has owned it');
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER messaging_answer_stands BEFORE INSERT ON messaging_acknowledgement
    FOR EACH ROW EXECUTE FUNCTION messaging_answer_stands();
CREATE TRIGGER messaging_member_ends BEFORE UPDATE ON messaging_threadmember
    FOR EACH ROW EXECUTE FUNCTION transfers_set_once('until');
"""

WRITTEN_ONCE = ("message", "revision", "recipient", "acknowledgement", "messagetask")
ONCE = "\n".join(
    f"CREATE TRIGGER messaging_written_once BEFORE UPDATE OR DELETE ON messaging_{table} "
    "FOR EACH ROW EXECUTE FUNCTION transfers_never_changes();"
    for table in WRITTEN_ONCE
) + "\n".join(
    f"CREATE TRIGGER messaging_stays BEFORE DELETE ON messaging_{table} "
    "FOR EACH ROW EXECUTE FUNCTION transfers_never_goes();"
    for table in ("thread", "threadmember")
)
BACKWARD = "\n".join(
    [
        *(f"DROP TRIGGER messaging_written_once ON messaging_{table};" for table in WRITTEN_ONCE),
        *(f"DROP TRIGGER messaging_stays ON messaging_{table};" for table in ("thread", "threadmember")),
        "DROP TRIGGER messaging_member_ends ON messaging_threadmember;",
        *(
            f"DROP FUNCTION messaging_{name}() CASCADE;"
            for name in (
                *("thread_counts", "thread_has_its_last", "message_is_next", "revision_is_next", "answer_stands"),
            )
        ),
    ]
)


class Migration(migrations.Migration):
    dependencies = [("messaging", "0001_initial"), ("transfers", "0002_what_must_never_be")]
    operations = [migrations.RunSQL(THREAD + REVISION + ONCE, BACKWARD)]
