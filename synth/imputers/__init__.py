"""What fills in missing samples: GAIN, and the plain baselines that it has to beat."""
