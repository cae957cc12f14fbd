"""The letter with an invitation's link, by Django's e-mail backend."""

from django.core.mail import send_mail
from django.utils.translation import gettext as _

from accounts.people.models import Invitation


def send_invitation(invitation: Invitation, *, link: str) -> None:
    """Sends the link to the address of the invitation. Raises what the mail server refuses with."""
    words = _(
        "%(name)s invites you to Readback, where the hospital hands its patients over.\n\n"
        "Open this link within three days and choose a password. It opens once:\n%(link)s\n\n"
        "If you do not expect this, leave it: nothing happens."
    )
    told = {"name": invitation.made_by.display_name, "link": link}
    send_mail(_("Your invitation to Readback"), words % told, None, [invitation.email])
