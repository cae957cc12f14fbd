"""The Django application of this room: at start it says which adapters there are, and who looks into the outbox."""

from django.apps import AppConfig


class ReachConfig(AppConfig):
    name = "handover.reach"
    label = "reach"

    def ready(self) -> None:
        from handover.reach import channels, checks, outbox  # noqa: F401 -- Django registers what it finds in checks
        from handover.reach.channels.mail import Mail
        from handover.reach.channels.pager import Pager
        from handover.reach.channels.webhook import Webhook
        from handover.reach.models import Channel
        from live import watching

        for channel in (Channel.SMS, Channel.VOICE):
            channels.register(Webhook(channel))
        channels.register(Mail())
        channels.register(Pager())
        watching.register_worker("reach.outbox", outbox.OUTBOX.tick, seconds=outbox.LOOK_SECONDS)
