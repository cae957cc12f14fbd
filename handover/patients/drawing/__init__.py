"""How a patient is drawn: typed documents become words, ages and coordinates for a template. No ORM, no clock."""
