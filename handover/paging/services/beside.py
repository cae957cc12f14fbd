"""A further team is called beside a page, by one tap and with the same words: outreach, the medical emergency team.

It is a page of its own that climbs by the steps of its own unit. The page that it stands beside goes on as if nothing
had been: two teams are two owners, and neither waits for the other.
"""

from uuid import UUID

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from accounts.actors import Actor
from handover.paging.documents import Sbar
from handover.paging.models import Page
from handover.paging.sealed import sbar_of
from handover.paging.selectors.beside import family_of, first_of
from handover.paging.services.climbing import MOVED, SENT
from handover.paging.services.ground import about, ended_words, hold, locked
from handover.paging.services.sending import Wanted, page_of, put_out
from handover.patients.acts import again
from handover.transfers.services.acts import Act, opening
from live.refusals import Conflict, Denied

CAUSE = Page.Cause.BESIDE


def page_also(actor: Actor, *, key: UUID, page_id: UUID, role_id: UUID | None) -> Page:
    """The page to the further role, with its first step fired: whoever that is reads what the first one was sent.

    Nobody types a year of birth again: whoever sent the page answered for which patient it is, its words are sealed
    under that patient's key, and this act takes both from it. There is no patient here that could be mistaken.

    Raises NotFound; Denied for whoever neither sent that page nor owns it; Conflict once it has ended, or where the
    role was paged about it already; Invalid for a role that is there no longer.
    """
    with opening(actor, key=key, event=SENT) as act:
        if act.earlier is not None:
            return again(act, _sent_before(page_id, role_id))
        held = hold(act, page_id)
        before = held.page
        _require_theirs(act, before)
        if before.state not in Page.LIVE:
            raise Conflict(ended_words(before), code="ended", subject_id=page_id, patient_id=before.patient_id)
        # Two who tap at once, on whichever page of these, come one after the other.
        first_id = first_of(before)
        locked(first_id)
        page, policy = page_of(act, before.patient_id, _wanted(before, first_id, role_id))
        _require_new(page, first_id)
        words = sbar_of(before)
        sbar = Sbar(**words.model_dump(exclude={"salt"}))
        put_out(act, page, policy, sbar, held.relationship, beside=str(first_id))
        act.tell(MOVED, [before.sent_by_id, before.owned_by_id], about(before))
    return page


def _wanted(before: Page, first_id: UUID, role_id: UUID | None) -> Wanted:
    """The same for another role, but for its words: those are sealed anew as they were sent."""
    return Wanted(
        level=before.level, words={}, role_id=role_id, cause=CAUSE, cause_id=first_id, is_raised=before.is_raised
    )


def _sent_before(page_id: UUID, role_id: UUID | None) -> QuerySet[Page]:
    """The pages to this role beside another of the same patient."""
    patients = Page.objects.filter(pk=page_id).values("patient_id")
    return Page.objects.filter(cause=CAUSE, role=role_id, patient_id__in=patients)


def _require_theirs(act: Act, page: Page) -> None:
    """Raises Denied for whoever neither sent it nor owns it now: who only sees the patient writes their own page."""
    if act.actor.person.pk not in (page.sent_by_id, page.owned_by_id):
        words = _("Whoever sent this page, or owns it, calls a further team beside it. Send a page of your own.")
        raise Denied(words, code="not_the_sender", subject_id=page.pk, patient_id=page.patient_id)


def _require_new(page: Page, first_id: UUID) -> None:
    """Raises Conflict where this role has been paged about it, and that page has not ended."""
    if family_of(first_id).filter(role=page.role_id, state__in=Page.LIVE).exists():
        words = _("This team was paged about it already. Its page stands beside this one.")
        raise Conflict(words, code="paged_already", subject_id=first_id, patient_id=page.patient_id)
