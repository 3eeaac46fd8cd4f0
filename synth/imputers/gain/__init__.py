"""GAIN: generative adversarial imputation nets, for tables and for windows."""
