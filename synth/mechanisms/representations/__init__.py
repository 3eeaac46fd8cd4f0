"""Representations of windows that several mechanisms share: patches, styles, wavelets, residuals, augmentation."""
