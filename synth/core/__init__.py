"""What all of `synth` builds on: the contract of learners, guarantees, errors, run contexts, discovery."""
