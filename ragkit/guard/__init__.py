"""Checking what may be said, before anyone reads it."""
