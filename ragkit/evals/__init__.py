"""Measuring answers: cases, fact matching, metrics, intervals."""
