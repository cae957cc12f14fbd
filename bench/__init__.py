"""The measurements, each beside its floor in one run, paced alike. Ratios count; rates belong to a machine."""
