"""The one training loop, with a toy whose losses are written down beforehand."""

import itertools

import numpy as np
import pytest

from synth.core.checkpoints import Checkpoints
from synth.core.errors import Stopped, TrainingError
from synth.core.run_context import RunContext, ignore, never
from synth.keras_support.training import train


class Weight:
    """A number with the abilities of a Keras variable that the loop uses."""

    shape = ()

    def __init__(self):
        self.value = np.float32(0)

    def __array__(self, dtype=None, copy=None):
        return np.array(self.value)

    def assign(self, value):
        self.value = np.float32(value)


def run(held_out, *, patience=2, n_epochs=10, step=None, on_progress=ignore, should_stop=never):
    """Count epochs in the weight; the held-out losses are given."""
    weight, losses = Weight(), iter(held_out)

    def count(batch):
        weight.assign(weight.value + 1)
        return {"loss": float(batch)}

    history = train(
        step or count,
        RunContext(0, on_progress, should_stop),
        batches=lambda epoch: [10 * epoch, 10 * epoch + 2] if step else [epoch],
        n_epochs=n_epochs,
        validate=lambda: next(losses),
        weights=[weight],
        patience=patience,
    )
    return history, weight


def test_it_stops_early_and_restores_the_best_weights():
    history, weight = run([5, 3, 1, 2, 2, 0])
    assert [epoch["held-out loss"] for epoch in history] == [5, 3, 1, 2, 2]
    assert weight.value == 3


def test_more_patience_finds_the_later_minimum():
    _, weight = run([5, 3, 1, 2, 2, 0], patience=3, n_epochs=6)
    assert weight.value == 6


def test_it_runs_at_most_n_epochs():
    history, weight = run(itertools.count(10, -1), n_epochs=4)
    assert len(history) == 4
    assert weight.value == 4


def test_losses_are_averaged_over_the_batches_of_an_epoch():
    history, _ = run([1, 2], n_epochs=2, step=lambda batch: {"loss": batch})
    assert [epoch["loss"] for epoch in history] == [1, 11]


def test_without_held_out_data_all_epochs_run_and_the_last_weights_stay():
    weight = Weight()
    history = train(
        lambda batch: weight.assign(batch) or {"loss": -1.0},
        RunContext(0),
        batches=lambda epoch: [epoch],
        n_epochs=4,
        validate=None,
        weights=[weight],
        patience=1,
    )
    assert [set(epoch) for epoch in history] == [{"loss"}] * 4
    assert weight.value == 3


def test_progress_is_told_after_every_epoch():
    seen = []
    run([3, 2, 1], n_epochs=3, on_progress=seen.append)
    assert [(p.step, p.total, p.figures["held-out loss"]) for p in seen] == [(1, 3, 3), (2, 3, 2), (3, 3, 1)]
    assert seen[0].elapsed_s <= seen[2].elapsed_s


def test_stopping_happens_before_the_next_batch():
    steps = []

    def step(batch):
        steps.append(batch)
        return {"loss": 0.0}

    with pytest.raises(Stopped, match="Nothing from this run was kept"):
        run([1] * 9, step=step, should_stop=lambda: len(steps) >= 3)
    assert len(steps) == 3


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_a_loss_that_is_no_number_says_what_to_do(bad):
    with pytest.raises(TrainingError, match="smaller learning rate"):
        run([1, bad])
    with pytest.raises(TrainingError, match="round 1"):
        run([1, 1], step=lambda batch: {"loss": bad})


def interrupted_and_gone_on(folder, held_out, *, damage=lambda payload: payload):
    """Count epochs as `run` does, be interrupted in the fourth one, and go on; return how many were run after that."""
    batches = []

    def fit(should_stop):
        weight = Weight()

        def count(batch):
            batches.append(batch)
            weight.assign(weight.value + 1)
            return {"loss": float(batch)}

        history = train(
            count,
            RunContext(0, ignore, should_stop, Checkpoints(folder, every_s=0.0)),
            batches=lambda epoch: [epoch],
            n_epochs=len(held_out),
            validate=lambda: held_out[batches[-1]],
            weights=[weight],
            patience=2,
            state=[weight],
        )
        return history, weight

    with pytest.raises(Stopped):
        fit(lambda: len(batches) == 3)
    for path in folder.iterdir():
        path.write_bytes(damage(path.read_bytes()))
    n_before = len(batches)
    return *fit(never), batches[n_before:]


def test_it_goes_on_from_its_checkpoint_and_ends_as_if_it_had_never_been_interrupted(tmp_path):
    held_out = [5, 4, 1, 3, 2, 0]  # the best was before the interruption, and patience ends after it
    history, weight, run_again = interrupted_and_gone_on(tmp_path, held_out)
    whole, best = run(held_out)
    assert run_again == [3, 4]
    assert history == whole
    assert weight.value == best.value == 3


def test_a_damaged_checkpoint_is_not_used(tmp_path):
    def damage(payload):
        return bytes([payload[0] ^ 1]) + payload[1:]

    history, _, run_again = interrupted_and_gone_on(tmp_path, [5, 4, 3, 2, 1, 0], damage=damage)
    assert run_again == [0, 1, 2, 3, 4, 5]
    assert len(history) == 6


def test_where_the_folder_is_missing_nothing_is_kept(tmp_path):
    checkpoint = Checkpoints(tmp_path / "deleted").next()
    assert checkpoint is not None
    checkpoint.keep(b"content")
    assert list(tmp_path.iterdir()) == []
