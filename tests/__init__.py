"""The tests: they show behaviour."""

import os

# Test processes, and what they start, share the cores: with a thread each they do twice as much as with as many threads
# as there are cores, which wait for each other. It is set here because it comes before NumPy, scikit-learn and
# TensorFlow are loaded; what was measured with more threads gives the same figures (tests/golden).
THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS")
os.environ.update(dict.fromkeys(THREADS, "1"))
