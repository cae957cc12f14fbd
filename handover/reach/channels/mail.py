"""E-mail, which says that there is a page and nothing else: a mailbox is read on lock screens and by other people."""

import smtplib
import ssl
from email.message import EmailMessage

from django.conf import settings
from django.utils.translation import gettext as _

from handover.reach.channels import LETTER, Outcome, Outgoing
from handover.reach.channels.addressed import Addressed
from handover.reach.models import CANARY, Channel

# Connecting, and each wait for an answer; the outbox gives up on all of it after SEND_SECONDS.
SECONDS = 4.0


class Mail(Addressed):
    """The hospital's own mail server (RFC 5321), the one that invitations go by."""

    channel = Channel.EMAIL

    def is_configured(self) -> bool:
        """Whether a server is named."""
        return bool(settings.EMAIL_HOST)

    def send(self, outgoing: Outgoing) -> Outcome:
        """Gives the letter to the server. A repeat has the same Message-ID."""
        try:
            with smtplib.SMTP(settings.EMAIL_HOST, settings.EMAIL_PORT, timeout=SECONDS) as server:
                if settings.EMAIL_USE_TLS:
                    server.starttls(context=ssl.create_default_context())
                server.send_message(_letter(outgoing))
        except smtplib.SMTPRecipientsRefused as refused:
            ((code, _said),) = refused.recipients.values()
            return _refused(code)
        except smtplib.SMTPResponseException as refused:
            return _refused(refused.smtp_code)
        except TimeoutError:
            return Outcome(failure="timeout")
        except (OSError, smtplib.SMTPException):
            return Outcome(failure="unreachable")
        return Outcome()


def _letter(outgoing: Outgoing) -> EmailMessage:
    letter = EmailMessage()
    letter["From"], letter["To"] = settings.DEFAULT_FROM_EMAIL, str(outgoing.to)
    letter["Message-ID"] = f"<{outgoing.id}@readback.invalid>"
    # No machine answers it (RFC 3834).
    letter["Auto-Submitted"] = "auto-generated"
    if outgoing.kind == CANARY:
        letter["Subject"] = _("Readback: a test of this channel")
        letter.set_content(_("This is a test of e-mail from Readback. There is nothing to do."))
    elif outgoing.kind == LETTER:
        letter["Subject"] = _("Readback: your code")
        letter.set_content(_("Your code is %(code)s. Type it in Readback.") % {"code": outgoing.code})
    else:
        letter["Subject"] = _("New page")
        letter.set_content(_("There is a new page for you. Open Readback on your phone to see it."))
    return letter


def _refused(code: int) -> Outcome:
    # 5yz is permanent (RFC 5321, 4.2.1).
    return Outcome(failure=f"smtp_{code}" if 0 < code < 1000 else "smtp", is_final=500 <= code < 600)
