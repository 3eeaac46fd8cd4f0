"""The linear code of SenseGen: round trips, what its directions are, and awkward channels."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from synth.core.errors import TrainingError
from synth.mechanisms.representations.patches import PatchCode


def learned(values, patch_length, *, jointly=True):
    """Fit the code to windows of five people."""
    return PatchCode.learn(values, patch_length, people=np.arange(len(values)) % 5, jointly=jointly)


def smooth(n=30, n_timesteps=24, n_channels=3, seed=0):
    rng = np.random.default_rng(seed)
    walk = rng.normal(0, 1, (n, n_timesteps, n_channels)).cumsum(axis=1)
    return (walk + rng.normal(0, 0.1, walk.shape)).astype(np.float32)


@settings(max_examples=30, deadline=None)
@given(
    n_timesteps=st.integers(5, 40),
    n_channels=st.integers(1, 12),
    patch_length=st.integers(1, 5),
    jointly=st.booleans(),
    offset=st.sampled_from([0.0, -3.0, 1e4]),
)
def test_decoding_brings_every_whole_patch_back(n_timesteps, n_channels, patch_length, jointly, offset):
    values = smooth(40, n_timesteps, n_channels) + np.float32(offset)
    code = learned(values, patch_length, jointly=jointly)
    back = code.decode(code.encode(values))
    whole = n_timesteps // patch_length * patch_length
    np.testing.assert_allclose(back, values[:, :whole], atol=2e-3 * values.std() + 1e-6 * abs(offset))


def test_codes_have_spread_one_and_are_uncorrelated():
    code = learned(smooth(200), 4)
    flat = code.encode(smooth(200)).reshape(-1, code.n_features)
    np.testing.assert_allclose(flat.T @ flat / len(flat), np.eye(code.n_features), atol=2e-2)
    np.testing.assert_allclose(code.basis.T @ code.basis, np.eye(code.n_features), atol=1e-5)


def test_one_sample_of_one_channel_is_plain_standardisation():
    values = smooth(n_channels=1)
    code = learned(values, 1)
    standardised = (values - values.mean()) / values.std()
    np.testing.assert_allclose(code.encode(values), standardised, atol=1e-4)


def test_a_linear_signal_is_explained_by_the_extrapolation_and_only_noise_is_left():
    rng = np.random.default_rng(0)
    values = np.zeros((200, 60, 1), np.float32)
    for t in range(1, 60):
        values[:, t] = 0.9 * values[:, t - 1] + rng.normal(0, 1, (200, 1))
    code = learned(values, 1)
    assert code.extrapolation[0, 0] == pytest.approx(0.9, abs=0.02)
    left = code.innovations(code.encode(values))[:, 1:, 0]
    assert left.std() == pytest.approx(1.0, abs=0.02)
    assert np.corrcoef(left[:, 1:].ravel(), left[:, :-1].ravel())[0, 1] == pytest.approx(0.0, abs=0.03)


def test_innovations_and_extrapolation_rebuild_the_codes():
    code = learned(smooth(), 4)
    codes = code.encode(smooth())
    left = code.innovations(codes)
    rebuilt = codes[:, :-1] @ code.extrapolation + left[:, 1:] @ code.mixing
    np.testing.assert_allclose(left[:, 0], codes[:, 0], atol=1e-6)
    np.testing.assert_allclose(rebuilt, codes[:, 1:], atol=1e-4)


@pytest.mark.parametrize("constant", [0.0, 9.81, -1e5])
def test_a_constant_channel_comes_back_as_that_constant(constant):
    values = smooth()
    values[..., 1] = constant
    code = learned(values, 4)
    drawn = np.random.default_rng(0).normal(size=(5, 6, code.n_features))
    np.testing.assert_allclose(code.decode(drawn)[..., 1], constant, rtol=1e-6, atol=1e-6)
    assert code.n_features == 8


def test_only_constant_channels_are_refused():
    with pytest.raises(TrainingError, match="constant"):
        learned(np.full((10, 8, 2), 3.0, np.float32), 4)


def test_arrays_bring_the_code_back():
    code = learned(smooth(), 4, jointly=False)
    again = PatchCode.from_arrays(code.to_arrays())
    np.testing.assert_array_equal(again.encode(smooth()), code.encode(smooth()))
    assert (again.patch_length, again.jointly, again.n_streams) == (4, False, 3)


@pytest.mark.parametrize("jointly", [True, False])
def test_its_limits_are_those_of_people_and_not_of_a_window(jointly):
    values = smooth()
    code = learned(values, 4, jointly=jointly)
    codes = np.abs(code.encode(values)).reshape(len(values), -1, code.n_features)
    own = [codes[person::5].max(axis=(0, 1)) for person in range(5)]
    np.testing.assert_allclose(code.limit, np.mean(own, axis=0) + 0.5 * codes.std(axis=(0, 1)), rtol=1e-4)
