"""Pages that stand beside one another: the first, and those by which its words went to further teams."""

from dataclasses import dataclass
from uuid import UUID

from django.db.models import Q, QuerySet

from handover.paging.models import Page


@dataclass(frozen=True)
class Beside:
    """What stands beside a page: the first, where this one was sent beside it, and the others, the oldest first."""

    first: Page | None = None
    others: tuple[Page, ...] = ()

    @property
    def ids(self) -> list[UUID]:
        """All of them: what moves them is shown on this page, too."""
        return [each.pk for each in ([self.first] if self.first else []) + list(self.others)]


def first_of(page: Page) -> UUID:
    """The page that all of them stand beside: itself, where it was not sent beside another."""
    return page.cause_id if page.cause == Page.Cause.BESIDE and page.cause_id is not None else page.pk


def family_of(first_id: UUID) -> QuerySet[Page]:
    """The first and those beside it, of what the acting person may see."""
    return Page.objects.filter(Q(pk=first_id) | Q(cause=Page.Cause.BESIDE, cause_id=first_id))


def beside(page: Page) -> Beside:
    """What stands beside this page. The caller has recorded the read."""
    first_id = first_of(page)
    rows = family_of(first_id).exclude(pk=page.pk).select_related("role__unit", "to_person", "owned_by")
    found = list(rows.order_by("sent", "pk"))
    return Beside(
        first=next((each for each in found if each.pk == first_id), None),
        others=tuple(each for each in found if each.pk != first_id),
    )


def roles_paged(page: Page) -> set[UUID]:
    """The roles that have a page of these which has not ended: nobody is to page them twice."""
    rows = family_of(first_of(page)).filter(role__isnull=False, state__in=Page.LIVE)
    return {role_id for role_id in rows.values_list("role_id", flat=True) if role_id}
