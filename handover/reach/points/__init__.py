"""A person's own numbers and addresses: added by them, shown to be theirs by a code that went there, and taken away."""
