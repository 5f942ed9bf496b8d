"""Reproduces the bundled bilingual embedding; nothing here is imported at run time."""
