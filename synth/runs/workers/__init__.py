"""Work in other processes: an embedded or outside Dask cluster, jobs on it, attacks in parallel, models kept warm."""
