"""Django's PostgreSQL backend, with who acts in front of each statement. settings.DATABASES names it as its engine."""
