"""How long things are kept, what a court keeps from being erased, and how a patient's key is destroyed by two."""
