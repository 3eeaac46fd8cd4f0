"""Summaries of recordings for the pages: spectra, and which stretch is used for what."""
