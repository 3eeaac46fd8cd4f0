"""What can fill in: of several trained networks the newest, which is the one that a saved correction means."""

from dataclasses import asdict
from types import SimpleNamespace

from pages.ui.sketch.fillers import fillers, held_out_errors, of_kind
from synth.imputers.comparison import GAP_IN_ALL, ImputationError
from synth.imputers.linear import LinearInterpolation


def card(label: str, rmse: float) -> dict:
    errors = [
        ImputationError(name, GAP_IN_ALL, rmse, rmse, rmse, 5, "people")
        for name in ("GAIN", LinearInterpolation.title, "Channel mean")
    ]
    return {"label": label, "learner": {"kind": "gain"}, "errors": [asdict(error) for error in errors]}


MODELS = {"one": card("first GAIN", 0.1), "two": card("second GAIN", 0.2)}
SESSION = SimpleNamespace(repository=SimpleNamespace(models=lambda study, kind: MODELS), owner="me")
STUDY = SimpleNamespace(key="study")


def test_only_the_newest_network_is_offered():
    ways = fillers(SESSION, STUDY)
    assert [name for name in ways if "GAIN" in name] == ["second GAIN"]
    assert of_kind(ways, "gain").key == "two"


def test_its_errors_are_those_that_are_told():
    found = {error.imputer: error.rmse for error in held_out_errors(SESSION, STUDY)}
    assert found == {"second GAIN": 0.2, LinearInterpolation.title: 0.2}
