"""Turns as other calendars know them (RFC 5545): written for a person and a role, read from a file for one role."""
