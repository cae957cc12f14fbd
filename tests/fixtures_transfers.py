"""Handovers for tests: loaded by tests/conftest.py."""
