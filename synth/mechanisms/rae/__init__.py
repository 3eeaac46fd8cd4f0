"""The replacement autoencoder."""
