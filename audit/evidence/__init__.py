"""Evidence: what happened in one transfer, as an officer may see it, and the pack that proves it to somebody else."""
