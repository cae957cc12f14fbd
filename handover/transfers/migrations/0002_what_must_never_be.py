"""Triggers for what no constraint can say: what a row may become, and what must stand in other rows first.

They hold whatever wrote the row: an act with a fault, a shell, an import. Each refuses with the code of a check
constraint (23514), so that it reaches the code as an IntegrityError. Sealed values are closed to the database: what can
only be known by opening them (the severity that was said back, the vital signs) is held by the rules alone.
"""

from django.db import migrations

# A refusal is always raised by this function: one code, and the table's name.
REFUSE = """
CREATE FUNCTION transfers_refuse(what text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '%', what USING ERRCODE = 'check_violation';
END $$;

CREATE FUNCTION transfers_never_changes() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM transfers_refuse(TG_TABLE_NAME || ' is written once: ' || TG_OP || ' is refused');
    RETURN NULL;
END $$;

CREATE FUNCTION transfers_never_goes() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM transfers_refuse('a row of ' || TG_TABLE_NAME || ' stays');
    RETURN NULL;
END $$;

-- The named columns may be set once, from NULL; every other column stays as it was written.
CREATE FUNCTION transfers_set_once() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    was jsonb := to_jsonb(OLD);
    now jsonb := to_jsonb(NEW);
    name text;
BEGIN
    FOR name IN SELECT jsonb_object_keys(now) LOOP
        IF now -> name IS DISTINCT FROM was -> name
           AND NOT (name = ANY (TG_ARGV) AND was -> name = 'null'::jsonb) THEN
            PERFORM transfers_refuse(TG_TABLE_NAME || '.' || name || ' cannot be changed');
        END IF;
    END LOOP;
    RETURN NEW;
END $$;
"""

WRITTEN_ONCE = ("handoverversion", "acceptance", "callrequest")
STAYS = ("handover", "transfer", "question", "synthesis", "override", "responsibility", "checklistitem", "openaction")
SET_ONCE = {
    "question": ("answered_by_id", "answered", "sealed_answer"),
    "synthesis": ("corrected_by_id", "corrected", "sealed_correction"),
    "override": ("second_person_id", "approved", "reviewed_by_id", "reviewed"),
    "responsibility": ("until",),
}


def _tables() -> str:
    once = [
        f"CREATE TRIGGER transfers_written_once BEFORE UPDATE OR DELETE ON transfers_{table} "
        "FOR EACH ROW EXECUTE FUNCTION transfers_never_changes();"
        for table in WRITTEN_ONCE
    ]
    stays = [
        f"CREATE TRIGGER transfers_stays BEFORE DELETE ON transfers_{table} "
        "FOR EACH ROW EXECUTE FUNCTION transfers_never_goes();"
        for table in STAYS
    ]
    set_once = [
        f"CREATE TRIGGER transfers_set_once BEFORE UPDATE ON transfers_{table} "
        f"FOR EACH ROW EXECUTE FUNCTION transfers_set_once({', '.join(repr(column) for column in columns)});"
        for table, columns in SET_ONCE.items()
    ]
    return "\n".join([*once, *stays, *set_once])


# The edges of a handover's status. An accepted one is re-opened by a new version, or withdrawn with its move, as long
# as the patient has not left under it.
HANDOVER = """
CREATE FUNCTION transfers_handover_moves() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    has_left boolean;
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF NEW.status <> 'draft' OR NEW.current_id IS NOT NULL THEN
            PERFORM transfers_refuse('a handover begins as a draft');
        END IF;
        RETURN NEW;
    END IF;
    IF (NEW.patient_id, NEW.author_id, NEW.author_unit_id) IS DISTINCT FROM
       (OLD.patient_id, OLD.author_id, OLD.author_unit_id) THEN
        PERFORM transfers_refuse('a handover keeps its patient and its author');
    END IF;
    IF OLD.transfer_id IS NOT NULL AND NEW.transfer_id IS DISTINCT FROM OLD.transfer_id THEN
        PERFORM transfers_refuse('a handover keeps its transfer');
    END IF;
    IF NEW.status <> OLD.status AND (OLD.status, NEW.status) NOT IN (
        ('draft', 'sent'), ('draft', 'withdrawn'),
        ('sent', 'accepted'), ('sent', 'declined'), ('sent', 'withdrawn'),
        ('accepted', 'sent'), ('accepted', 'withdrawn'),
        ('declined', 'sent'), ('declined', 'withdrawn')
    ) THEN
        PERFORM transfers_refuse('a handover does not go from ' || OLD.status || ' to ' || NEW.status);
    END IF;
    IF NEW.current_id IS DISTINCT FROM OLD.current_id THEN
        IF NEW.status <> 'sent' THEN
            PERFORM transfers_refuse('a new version is sent, and has to be accepted');
        END IF;
        IF NOT EXISTS (
            SELECT 1 FROM transfers_handoverversion v
            WHERE v.id = NEW.current_id AND v.handover_id = NEW.id
              AND v.number > COALESCE((SELECT o.number FROM transfers_handoverversion o WHERE o.id = OLD.current_id), 0)
        ) THEN
            PERFORM transfers_refuse('the current version is a newer one of this handover');
        END IF;
    ELSIF OLD.status = 'accepted' AND NEW.status = 'sent' THEN
        PERFORM transfers_refuse('only a new version re-opens an accepted handover');
    END IF;
    IF OLD.status = 'accepted' AND (NEW.status <> 'accepted' OR NEW.current_id <> OLD.current_id) THEN
        SELECT departed IS NOT NULL INTO has_left FROM transfers_transfer WHERE id = OLD.transfer_id;
        IF has_left THEN
            PERFORM transfers_refuse('the patient left under what was accepted');
        END IF;
    END IF;
    IF NEW.status = 'accepted' AND NOT EXISTS (
        SELECT 1 FROM transfers_acceptance a WHERE a.version_id = NEW.current_id AND a.person_id = NEW.accepted_by_id
    ) THEN
        PERFORM transfers_refuse('a handover is accepted by an acceptance of its current version');
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER transfers_handover_moves BEFORE INSERT OR UPDATE ON transfers_handover
    FOR EACH ROW EXECUTE FUNCTION transfers_handover_moves();
"""

# The handover's row is locked, so that no new version and no question can slip in beside the acceptance.
ACCEPTANCE = """
CREATE FUNCTION transfers_acceptance_stands() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    v transfers_handoverversion;
    h transfers_handover;
BEGIN
    SELECT * INTO v FROM transfers_handoverversion WHERE id = NEW.version_id;
    SELECT * INTO h FROM transfers_handover WHERE id = v.handover_id FOR NO KEY UPDATE;
    IF h.current_id IS DISTINCT FROM v.id OR h.status <> 'sent' THEN
        PERFORM transfers_refuse('only the version that is current and sent can be accepted');
    END IF;
    IF NEW.digest <> v.digest THEN
        PERFORM transfers_refuse('an acceptance has the digest of its version');
    END IF;
    IF NEW.person_id IN (h.author_id, v.author_id) THEN
        PERFORM transfers_refuse('nobody accepts what they wrote');
    END IF;
    IF NOT EXISTS (
        SELECT 1 FROM transfers_synthesis s
        WHERE s.id = NEW.synthesis_id AND s.version_id = v.id AND s.person_id = NEW.person_id AND s.corrected IS NULL
    ) THEN
        PERFORM transfers_refuse('who accepts has said this version back themselves, and was not corrected');
    END IF;
    IF EXISTS (SELECT 1 FROM transfers_question q WHERE q.handover_id = h.id AND q.answered IS NULL) THEN
        PERFORM transfers_refuse('a question is open');
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER transfers_acceptance_stands BEFORE INSERT ON transfers_acceptance
    FOR EACH ROW EXECUTE FUNCTION transfers_acceptance_stands();
"""

# The gate, as far as the database can see it: the vital signs and the age of an acceptance are the rules' to judge.
TRANSFER = """
CREATE FUNCTION transfers_gate_is_open(transfer uuid) RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
    h transfers_handover;
    a transfers_acceptance;
BEGIN
    SELECT * INTO h FROM transfers_handover WHERE transfer_id = transfer FOR NO KEY UPDATE;
    IF h.id IS NULL OR h.status <> 'accepted' THEN
        RETURN false;
    END IF;
    SELECT * INTO a FROM transfers_acceptance WHERE version_id = h.current_id;
    RETURN a.id IS NOT NULL
        AND EXISTS (
            SELECT 1 FROM (
                SELECT corrected FROM transfers_synthesis
                WHERE version_id = h.current_id AND person_id = a.person_id ORDER BY said DESC, id DESC LIMIT 1
            ) newest WHERE newest.corrected IS NULL
        )
        AND NOT EXISTS (SELECT 1 FROM transfers_question q WHERE q.handover_id = h.id AND q.answered IS NULL)
        AND NOT EXISTS (
            SELECT 1 FROM transfers_checklistitem c
            WHERE c.transfer_id = transfer AND c.is_required AND c.state IN ('open', 'missing')
        );
END $$;

CREATE FUNCTION transfers_transfer_moves() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF NEW.status <> 'planned' OR NEW.departed IS NOT NULL THEN
            PERFORM transfers_refuse('a transfer begins as planned');
        END IF;
        RETURN NEW;
    END IF;
    IF (NEW.patient_id, NEW.from_unit_id) IS DISTINCT FROM (OLD.patient_id, OLD.from_unit_id) THEN
        PERFORM transfers_refuse('a transfer keeps its patient and where they come from');
    END IF;
    IF OLD.status <> 'planned' AND (NEW.to_unit_id, NEW.departed, NEW.departed_by_id, NEW.departed_under_id)
       IS DISTINCT FROM (OLD.to_unit_id, OLD.departed, OLD.departed_by_id, OLD.departed_under_id) THEN
        PERFORM transfers_refuse('a departure stays as it was');
    END IF;
    IF NEW.status = OLD.status THEN
        IF NEW.departed IS DISTINCT FROM OLD.departed THEN
            PERFORM transfers_refuse('a departure is a status, not only a time');
        END IF;
        RETURN NEW;
    END IF;
    IF (OLD.status, NEW.status) NOT IN (
        ('planned', 'departed'), ('planned', 'cancelled'), ('departed', 'arrived'), ('departed', 'returned')
    ) THEN
        PERFORM transfers_refuse('a transfer does not go from ' || OLD.status || ' to ' || NEW.status);
    END IF;
    IF NEW.status = 'departed' THEN
        IF NEW.departed_under_id IS NOT NULL THEN
            IF NOT EXISTS (
                SELECT 1 FROM transfers_override o
                WHERE o.id = NEW.departed_under_id AND o.transfer_id = NEW.id
                  AND (o.is_emergency OR o.approved IS NOT NULL)
            ) THEN
                PERFORM transfers_refuse('an override is an emergency, or approved by a second person');
            END IF;
        ELSIF NOT transfers_gate_is_open(NEW.id) THEN
            PERFORM transfers_refuse('the gate is locked');
        END IF;
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER transfers_transfer_moves BEFORE INSERT OR UPDATE ON transfers_transfer
    FOR EACH ROW EXECUTE FUNCTION transfers_transfer_moves();
"""

# The lines of the checklist are part of the gate: after departure they are what the patient left with.
OTHERS = """
CREATE FUNCTION transfers_item_is_set() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (NEW.transfer_id, NEW.code, NEW.is_required) IS DISTINCT FROM (OLD.transfer_id, OLD.code, OLD.is_required) THEN
        PERFORM transfers_refuse('a line of the checklist keeps its code, and whether it is required');
    END IF;
    IF (SELECT status FROM transfers_transfer WHERE id = NEW.transfer_id) <> 'planned' THEN
        PERFORM transfers_refuse('the patient has left with what was checked');
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER transfers_item_is_set BEFORE UPDATE ON transfers_checklistitem
    FOR EACH ROW EXECUTE FUNCTION transfers_item_is_set();

CREATE FUNCTION transfers_action_stays_done() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.patient_id <> OLD.patient_id OR OLD.done IS NOT NULL THEN
        PERFORM transfers_refuse('an action keeps its patient, and stays done');
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER transfers_action_stays_done BEFORE UPDATE ON transfers_openaction
    FOR EACH ROW EXECUTE FUNCTION transfers_action_stays_done();
"""

UNDO = """
DROP FUNCTION transfers_never_changes, transfers_never_goes, transfers_set_once, transfers_handover_moves,
    transfers_acceptance_stands, transfers_transfer_moves, transfers_gate_is_open, transfers_item_is_set,
    transfers_action_stays_done, transfers_refuse CASCADE;
"""


class Migration(migrations.Migration):
    dependencies = [("transfers", "0001_initial")]

    operations = [migrations.RunSQL(REFUSE + _tables() + HANDOVER + ACCEPTANCE + TRANSFER + OTHERS, reverse_sql=UNDO)]
