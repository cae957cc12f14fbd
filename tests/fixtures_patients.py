"""Patients for tests: loaded by tests/conftest.py."""
