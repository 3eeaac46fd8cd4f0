"""How many threads test processes have."""

# They share the cores: with a thread each they do more than with as many threads as there are cores, which wait for
# each other. TensorFlow is loaded by the tests that need it, after this is set.
ONE_THREAD = {"TF_NUM_INTRAOP_THREADS": "1", "TF_NUM_INTEROP_THREADS": "1"}
