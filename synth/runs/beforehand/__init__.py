"""What was computed before the program was installed: the results of the sample, shipped as one file."""
