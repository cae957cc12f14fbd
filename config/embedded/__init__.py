"""A private PostgreSQL for bin/serve and the tests, and a private Redis or Valkey for the tests alone.

Own launchers, because the wheel's own one creates a user and opens every parent directory of the data to all when it
runs as root. Nothing here installs a service, listens on a network, or changes the mode of a directory it did not make.
"""
