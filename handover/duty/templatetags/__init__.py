"""How this room reads in templates."""
