"""Writing recordings and releases to Arrow, CSV and Parquet files, in an order that reveals nothing."""
