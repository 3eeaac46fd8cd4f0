"""Small settings under which every mechanism fits in seconds, and what it is fitted on."""

import dataclasses
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from data.roles import Roles
from data.windows import Windows
from synth.core.learner import Learner
from synth.core.run_context import RunContext
from synth.mechanisms.aae.aae import AnonymisingAutoencoder
from synth.mechanisms.base import Mechanism, mechanisms
from synth.mechanisms.distillation.teaching import TeachingSet
from synth.mechanisms.flow.matching import FlowMatching
from synth.mechanisms.physiogan.physiogan import PhysioGan
from tests.eager import eagerly
from tests.toy import make_windows

ROLES = Roles({"act1": "required", "act2": "neutral", "act3": "sensitive"})
TINY = {"units": 8, "layers": 1, "mixtures": 2, "code_size": 3, "epochs": 2, "batch_size": 16, "steps": 2}
TINY_OF = {  # by a setting that only the mechanisms of one kind have
    "rounds": {"filters": 4, "regulariser_filters": 2, "pretraining": 1, "rounds": 1, "batch_size": 64},
    "side_by_side": {"filters": 2, "epochs": 1, "steps": 1, "side_by_side": 8, "batch_size": 128},
    "corrections": {"units": 2, "corrections": 1, "most_sure": 0.1, "least_sure": 0.0},
    "code_size": {"filters": 2, "samples_per_step": 10, "epochs": 1, "batch_size": 128},
    "coarse_samples": {"batch_size": 128},
}


def tiny(mechanism: type[Learner], **changes) -> Learner:
    """Return a mechanism whose networks, if it has any, are small, and which knows the toy activities' roles."""
    names = {f.name for f in dataclasses.fields(mechanism)}
    sizes = dict(TINY)
    for setting in names & set(TINY_OF):
        sizes |= TINY_OF[setting]
    return mechanism(**{k: v for k, v in {**sizes, **changes}.items() if k in names}).for_roles(ROLES)


@pytest.fixture(scope="session", autouse=True)
def home_of_secrets(tmp_path_factory) -> Iterator[None]:
    """Formal promises rest on a secret that is kept at home."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PENUMBRA_HOME", str(tmp_path_factory.mktemp("secrets")))
        yield


@pytest.fixture(scope="session")
def small_windows() -> Windows:
    """Two people, three activities, three channels, 30 samples at 20 Hz, not divisible by every patch."""
    windows = make_windows(2, 3, 14.0, 20.0, 3, 2, duration_s=1.5)
    windows.values.flags.writeable = False  # nothing that is fitted may change them
    return windows


def kinds() -> list[Any]:
    """Return every kind of mechanism; those whose networks are compiled belong to the slow tests."""
    return [
        pytest.param(kind, marks=pytest.mark.slow) if is_compiled(mechanism) else kind
        for kind, mechanism in sorted(mechanisms().items())
    ]


def is_compiled(mechanism: Mechanism | type[Mechanism]) -> bool:
    """Whether compiling its networks takes longer than a few steps of them."""
    kind = mechanism if isinstance(mechanism, type) else type(mechanism)
    return issubclass(kind, (AnonymisingAutoencoder, FlowMatching, PhysioGan, TeachingSet))


@pytest.fixture(scope="session", params=kinds())
def mechanism(request) -> Mechanism:
    return tiny(mechanisms()[request.param])


@pytest.fixture(scope="session")
def fitted(mechanism, small_windows):
    with eagerly(is_compiled(mechanism)):
        return mechanism.fit(small_windows, RunContext(3))


@pytest.fixture
def without_compiling() -> Iterator[None]:
    with eagerly():
        yield


def same_bytes(a: Windows, b: Windows) -> bool:
    return a.fingerprint == b.fingerprint and np.array_equal(a.values, b.values)
