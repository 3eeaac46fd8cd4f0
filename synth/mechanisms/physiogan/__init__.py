"""PhysioGAN."""
