"""The only place that loads TensorFlow, seeds it and chooses its device."""

import os
from types import ModuleType

from data.machine import private_folder

os.environ.setdefault("KERAS_BACKEND", "tensorflow")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("TF_FORCE_GPU_ALLOW_GROWTH", "true")


def tensorflow(*, seed: int) -> ModuleType:
    """Load TensorFlow with deterministic kernels and seed Python, NumPy, TensorFlow and Keras.

    Raises:
        RuntimeError: If Keras was already loaded with another backend.
    """
    private_folder.enter()  # TensorFlow writes code to temporary files and imports it
    import keras
    import tensorflow as tf

    if keras.backend.backend() != "tensorflow":
        raise RuntimeError(f"Penumbra needs Keras on TensorFlow. Received: {keras.backend.backend()}")
    keras.utils.set_random_seed(seed)
    tf.config.experimental.enable_op_determinism()
    return tf


def device() -> str:
    """Describe in plain words the device TensorFlow computes on."""
    import tensorflow as tf

    gpus = tf.config.list_physical_devices("GPU")
    if not gpus:
        return "processor (no GPU found)"
    name = tf.config.experimental.get_device_details(gpus[0]).get("device_name", "GPU")
    return f"GPU ({name})"
