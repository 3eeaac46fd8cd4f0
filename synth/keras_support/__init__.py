"""What networks share: the one training loop, layers, stored weights. Imports Keras only when used."""
