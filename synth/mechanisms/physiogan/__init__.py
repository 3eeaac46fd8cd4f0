"""PhysioGAN: a variational autoencoder of sequences with an adversarial objective."""
