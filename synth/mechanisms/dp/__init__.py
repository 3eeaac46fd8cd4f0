"""Learning with differential privacy."""
