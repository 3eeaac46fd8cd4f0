"""How shares are written, everywhere: "74 %", with the 95 % interval "74 % [63, 83]"."""


def percent(share: float) -> str:
    """Write a share in [0, 1] with two significant digits: "74 %", "7.4 %"."""
    return f"{_percentage(share)} %"


def interval(low: float, high: float) -> str:
    """Write both ends of an interval: "[63, 83]"; the unit precedes it."""
    return f"[{_percentage(low)}, {_percentage(high)}]"


def figure(value: float, low: float | None = None, high: float | None = None) -> str:
    """Write a share with its interval, where there is one: "74 % [63, 83]"."""
    return percent(value) if low is None or high is None else f"{percent(value)} {interval(low, high)}"


def _percentage(share: float) -> str:
    tenths = round(100 * share, 1)
    return f"{100 * share:.0f}" if abs(tenths) >= 10 else f"{tenths + 0.0:.1f}".removesuffix(".0")
