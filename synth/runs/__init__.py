"""Carrying work out and keeping it: the store, tasks, jobs, in this process or on a cluster."""
