"""Who answers for a role at any moment: roles that are always addressable, their schedules, and who covers for whom."""
