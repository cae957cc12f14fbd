"""Breaking the glass: one patient, for four hours, with a reason, in front of everybody whom it concerns."""
