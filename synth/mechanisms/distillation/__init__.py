"""Windows made to teach with: a teacher network, and windows of nobody."""
