"""Tests of `synth.runs.workers`."""
