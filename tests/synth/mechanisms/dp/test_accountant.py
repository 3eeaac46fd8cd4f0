"""What noisy steps spend, against dp-accounting 0.6.0 (RdpAccountant), a second formula, and its laws."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import gammaln, logsumexp

from synth.mechanisms.dp.accountant import _divergence, epsilon_spent, noise_needed

# noise, share, steps, epsilon at delta 1e-5; theirs leaves out orders whose series does not converge.
KNOWN = [
    (5.0, 0.5, 240, 8.06057),
    (1.1, 0.01, 10_000, 5.63201),
    (1.0, 1.0, 1, 4.72851),
    (0.8, 0.5, 24, 25.95868),
    (30.0, 0.5, 1000, 2.29964),
]


@pytest.mark.parametrize(("noise", "share", "n_steps", "epsilon"), KNOWN)
def test_epsilon_is_that_of_dp_accounting(noise, share, n_steps, epsilon):
    mine = epsilon_spent(noise, share=share, n_steps=n_steps, delta=1e-5)
    assert mine == pytest.approx(epsilon, rel=3e-3)


@pytest.mark.parametrize(("noise", "share", "n_steps"), [(2.0, 0.3, 50), (0.7, 0.5, 10), (9.0, 0.5, 2000)])
def test_epsilon_is_what_dp_accounting_computes(noise, share, n_steps):
    import dp_accounting as accounting
    from dp_accounting.rdp import RdpAccountant

    step = accounting.PoissonSampledDpEvent(share, accounting.GaussianDpEvent(noise))
    theirs = RdpAccountant().compose(step, n_steps).get_epsilon(1e-6)
    mine = epsilon_spent(noise, share=share, n_steps=n_steps, delta=1e-6)
    assert mine == pytest.approx(theirs, rel=0.03)


def by_finite_sum(noise, share, order):
    """Return the divergence of a whole order by the binomial sum of Mironov et al., section 3.3."""
    k = np.arange(order + 1)
    chosen = gammaln(order + 1) - gammaln(k + 1) - gammaln(order - k + 1)
    terms = chosen + (order - k) * np.log1p(-share) + k * np.log(share) + (k * k - k) / (2 * noise**2)
    return logsumexp(terms) / (order - 1)


@settings(max_examples=40, deadline=None)
@given(noise=st.floats(0.2, 30), share=st.floats(0.001, 0.95), order=st.integers(2, 64))
def test_the_integral_is_the_finite_sum_where_there_is_one(noise, share, order):
    integral = _divergence(noise, share, np.array([float(order)]))[0]
    assert integral == pytest.approx(by_finite_sum(noise, share, order), rel=1e-6, abs=1e-9)


@settings(max_examples=20, deadline=None)
@given(noise=st.floats(0.3, 50), share=st.floats(0.01, 1.0), n_steps=st.integers(1, 1000))
def test_more_steps_and_people_a_step_spend_more_and_more_noise_less(noise, share, n_steps):
    def spent(noise=noise, share=share, n_steps=n_steps):
        return epsilon_spent(noise, share=share, n_steps=n_steps, delta=1e-5)

    assert spent(n_steps=n_steps + 1) >= spent() >= spent(noise=1.1 * noise)
    assert spent() >= spent(share=0.9 * share) - 1e-9


@pytest.mark.parametrize(
    ("epsilon", "n_steps"), [(0.05, 300), (1.0, 1), (1.0, 300), (8.0, 5000), (100.0, 300)]
)
def test_the_noise_that_is_solved_for_is_just_enough(epsilon, n_steps):
    noise = noise_needed(epsilon, share=0.5, n_steps=n_steps, delta=1e-5)
    assert epsilon_spent(noise, share=0.5, n_steps=n_steps, delta=1e-5) <= epsilon
    assert epsilon_spent(0.999 * noise, share=0.5, n_steps=n_steps, delta=1e-5) > epsilon


def test_what_no_noise_can_promise_is_refused():
    with pytest.raises(ValueError, match="larger"):
        noise_needed(1e-7, share=0.5, n_steps=10**6, delta=1e-5)
