"""Charts and tables of strength sweeps."""
