"""How this room's facts read in templates."""
