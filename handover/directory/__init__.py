"""Whom to reach: roles, people, units and what they can take, found by words that may be misspelt. No patient in it."""
