"""Recordings and releases out to files: Arrow, CSV and Parquet, in an order that tells nothing."""
