"""Who works here: found, invited, changed, and gone again. For administrators; nothing of a patient is in this room."""
