"""What a screen that shows a page holds: what was drawn last, until an event says that the page is to be drawn anew."""

from handover.paging.models import Page
from handover.paging.selectors import page_for
from live import drawing
from live.models import InboxItem
from live.refusals import NotFound


class Screen:
    """One reader's screen with one page on it. The sender sees each ladder move; whoever was asked, the page itself."""

    def __init__(self, actor, person, page):
        self.actor, self.person, self.page = actor, person, page
        rows = InboxItem.objects.filter(person_id=person.pk).order_by("-number")
        self.number = rows.values_list("number", flat=True).first() or 0
        self.held = self.fresh()

    def fresh(self):
        """What a look at the page shows now; None where they may not see it."""
        try:
            view = page_for(self.actor(self.person), self.page.pk)
        except NotFound:
            return None
        is_sender = self.person.pk == self.page.sent_by_id
        steps = [
            (
                step.number,
                step.skipped,
                step.is_current,
                [
                    (
                        one.person.pk,
                        one.answer.said if one.answer else "",
                        [name for name, rung in one.rungs if rung] if is_sender else [],
                    )
                    for one in step.asked
                ],
            )
            for step in view.steps
        ]
        owner = view.page.owned_by_id
        return view.page.state, owner, view.page.withdrawn is not None, sorted(view.may), view.own_answer, steps

    def follow(self):
        """What the screen shows after every event that came since; each drawn alone and late, as a slow line has it."""
        rows = InboxItem.objects.filter(person_id=self.person.pk, number__gt=self.number).order_by("number")
        for item in list(rows):
            view = drawing.draw([item])[item.pk]
            self.number = item.number
            # As config/static/readback/page.js looks for what an event concerns.
            ids = {item.subject_id, *((view or {}).values())}
            if self.page.pk in ids or str(self.page.pk) in ids:
                self.held = self.fresh()
        return self.held

    def acted(self):
        """Whoever acts has the answer of the act, which draws the page anew."""
        self.follow()
        self.held = self.fresh()


def newest(page):
    """The page as it stands now."""
    return Page.objects.get(pk=page.pk)
