"""What waits for a person, and what was decided."""
