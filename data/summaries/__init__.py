"""What pages show of recordings: spectra, and who is used for what."""
