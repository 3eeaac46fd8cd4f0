"""What is done to recordings on the way in, beyond reading them as they are."""

from dataclasses import dataclass

from data.errors import RecordingError

LONGEST_BRIDGE_S = 1.0


@dataclass(frozen=True)
class Preparation:
    """What is done to recordings on the way in.

    Attributes:
        convert_units: Whether acceleration becomes g and angular velocity rad/s where the unit is known.
        remove_gravity: Whether gravity (what stays below 0.3 Hz) is taken out of accelerations that hold it.
        magnitudes: Whether the length of each sensor's vector becomes a channel of its own.
        bridge_s: Stretches between two known samples up to this many seconds are bridged by a straight line, in
            [0, 1]; 0 keeps all that is missing missing. One lost sample of a slow sensor is bridged even if it
            is longer, unless this is 0.
    """

    convert_units: bool = True
    remove_gravity: bool = False
    magnitudes: bool = False
    bridge_s: float = 0.1

    def __post_init__(self) -> None:
        if not 0 <= self.bridge_s <= LONGEST_BRIDGE_S:
            raise RecordingError(
                f"Gaps can be bridged up to {LONGEST_BRIDGE_S:g} second, not {self.bridge_s:g}: a longer straight "
                "line is no movement."
            )
