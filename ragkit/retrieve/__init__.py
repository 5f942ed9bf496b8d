"""Finding evidence: both channels, fused by a model fitted to the index at hand."""
