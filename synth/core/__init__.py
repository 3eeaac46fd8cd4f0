"""What every room of `synth` builds on: the contract of learners, guarantees, errors, discovery."""
