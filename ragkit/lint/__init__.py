"""Checks of a knowledge base before it is published: pure functions, one file per group."""
