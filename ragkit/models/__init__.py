"""Models, one file per vendor."""
