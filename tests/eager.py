"""TensorFlow without compiling, for tests that take a handful of steps."""

from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def eagerly(wanted: bool = True) -> Iterator[None]:
    """Run TensorFlow's functions without compiling them: for a handful of steps compiling takes longest."""
    if not wanted:
        yield
        return
    import tensorflow as tf

    before = tf.config.functions_run_eagerly()
    tf.config.run_functions_eagerly(True)
    try:
        yield
    finally:
        tf.config.run_functions_eagerly(before)
