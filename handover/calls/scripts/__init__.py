"""The house's own words for callers: each has an owner, versions and an end, and the agents who use it judge it."""
