"""A call agent's case: from a worried caller to the right clinician, and the answer back in plain words."""
