"""For tests, ours and yours: builders of values, small fakes, contracts of our protocols."""
