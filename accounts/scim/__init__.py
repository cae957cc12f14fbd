"""SCIM 2.0: the hospital's directory makes people here, changes them and lets them go. It reaches no patient."""
