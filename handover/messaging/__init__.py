"""Threads and messages: what people write to one another, by when somebody has to own it, and who does."""
