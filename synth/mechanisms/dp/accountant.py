"""Privacy accounting for noisy training steps: Rényi accountant of the sampled Gaussian mechanism.

In each step every person takes part independently with the same probability (Poisson sampling), and a sum that one
person changes by at most one unit is released with Gaussian noise of `noise` units.

References:
    Mironov, Talwar and Zhang, Rényi differential privacy of the sampled Gaussian mechanism, 2019, arXiv:1908.10530.
    Canonne, Kamath and Steinke, The discrete Gaussian for differential privacy, NeurIPS 2020, for epsilon from the
    Rényi divergence. Google's dp-accounting, with which the tests compare, does the same; it is not used here
    because it restricts attrs to a version of 2023.
"""

import numpy as np

# Orders of the divergence. Each gives a valid epsilon, and the smallest counts.
ORDERS = 1 + np.geomspace(0.05, 512, 120)
FARTHEST = 400.0  # standard deviations integrated over; orders that need more are skipped
TAIL = 12.0
LEAST_NOISE, MOST_NOISE = 0.05, 1e6


def epsilon_spent(noise: float, *, share: float, n_steps: int, delta: float) -> float:
    """Return the epsilon spent by a number of steps.

    Args:
        noise: Noise multiplier: standard deviation in units of what one person can change, > 0.
        share: Probability that a person takes part in a step, in (0, 1].
        n_steps: Number of steps, >= 1.
        delta: Probability with which the guarantee may fail, in (0, 1).
    """
    orders = ORDERS[ORDERS / noise <= FARTHEST]
    spent = n_steps * _divergence(noise, share, orders)
    epsilons = spent + np.log1p(-1 / orders) - np.log(delta * orders) / (orders - 1)
    return max(0.0, float(epsilons.min(initial=np.inf)))


def noise_needed(epsilon: float, *, share: float, n_steps: int, delta: float) -> float:
    """Return the smallest noise multiplier, to one part in ten thousand, with which the steps spend at most `epsilon`.

    Args:
        epsilon: Privacy budget, > 0.
        share: Probability that a person takes part in a step, in (0, 1].
        n_steps: Number of steps, >= 1.
        delta: Probability with which the guarantee may fail, in (0, 1).

    Raises:
        ValueError: If no noise multiplier in [0.05, 1e6] is sufficient.
    """

    def spent(noise: float) -> float:
        return epsilon_spent(noise, share=share, n_steps=n_steps, delta=delta)

    low, high = LEAST_NOISE, MOST_NOISE
    if spent(high) > epsilon:
        raise ValueError(f"epsilon must be larger for {n_steps} steps. Received: {epsilon}")
    if spent(low) <= epsilon:
        return low
    while high > 1.0001 * low:
        middle = float(np.sqrt(low * high))
        low, high = (low, middle) if spent(middle) <= epsilon else (middle, high)
    return high


def _divergence(noise: float, share: float, orders: np.ndarray) -> np.ndarray:
    """Return the Rényi divergence of one step, `(orders,)`: equation 3 of Mironov et al. as an integral.

    The integrand is analytic within `pi * noise` of the real axis, so that equal steps of a quarter of that are
    exact up to rounding.
    """
    step = min(0.25, noise / 4)
    z = np.arange(-TAIL, orders.max() / noise + TAIL, step)
    with np.errstate(divide="ignore"):  # share 1: nobody is ever left out
        ratio = np.logaddexp(np.log1p(-share), np.log(share) + z / noise - 0.5 / noise**2)
    exponents = orders[:, None] * ratio - 0.5 * z * z
    largest = exponents.max(axis=1)
    integral = np.exp(exponents - largest[:, None]).sum(axis=1) * step / np.sqrt(2 * np.pi)
    return (largest + np.log(integral)) / (orders - 1)
