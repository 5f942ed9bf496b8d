"""Writing replies that can be checked."""
