"""What people type about a patient: a form for each section of the summary, for identity, and for a search."""
