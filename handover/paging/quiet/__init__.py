"""What a level asks and sounds like in each unit, when people are left in quiet, and how often each was interrupted."""
