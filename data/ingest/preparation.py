"""Settings of the preprocessing of recordings."""

from dataclasses import dataclass

from data.errors import RecordingError

LONGEST_BRIDGE_S = 1.0


@dataclass(frozen=True)
class Preparation:
    """How recordings are preprocessed when they are loaded.

    Attributes:
        convert_units: Whether to convert accelerations to g and angular velocities to rad/s if the unit is known.
        remove_gravity: Whether to remove gravity (frequencies below 0.3 Hz) from accelerations that include it.
        magnitudes: Whether to add the magnitude of each sensor's vector as a channel.
        bridge_s: Longest stretch in seconds between two known samples to be interpolated linearly, in [0, 1]; with 0
            nothing is interpolated. Otherwise a single missing sample of a slow sensor is always interpolated.
    """

    convert_units: bool = True
    remove_gravity: bool = False
    magnitudes: bool = False
    bridge_s: float = 0.1

    def __post_init__(self) -> None:
        if not 0 <= self.bridge_s <= LONGEST_BRIDGE_S:
            raise RecordingError(
                f"Gaps can be interpolated up to {LONGEST_BRIDGE_S:g} second, not {self.bridge_s:g}: a longer straight "
                "line does not represent movement."
            )
