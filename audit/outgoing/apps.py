"""The Django application of what leaves the desk: exports of a search, and the feed."""

from django.apps import AppConfig


class OutgoingConfig(AppConfig):
    name = "audit.outgoing"
    label = "outgoing"
