"""A patient's care team: the colleagues who see the patient because somebody of the unit named them."""
