"""The words of this room, each in one place."""

from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy

from handover.paging.rules.levels import Sound

SOUNDS: Mapping[Sound, Promise] = {
    Sound.REPEATED: gettext_lazy("loud, again and again"),
    Sound.ONCE_LOUD: gettext_lazy("loud, once"),
    Sound.ONCE: gettext_lazy("softly, once"),
    Sound.SILENT: gettext_lazy("without a sound"),
}
