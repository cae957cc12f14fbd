"""The WSGI application: the pages alone, for an operator who serves them by threads. The socket needs config.asgi."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

application = get_wsgi_application()
