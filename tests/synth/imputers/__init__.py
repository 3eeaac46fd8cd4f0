"""Tests of the imputers."""
