"""What all networks share: the training loop, layers, stored weights. Keras is imported only when it is used."""
