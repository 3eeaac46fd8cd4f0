"""Data distillation: windows that transfer the knowledge of a teacher network."""
