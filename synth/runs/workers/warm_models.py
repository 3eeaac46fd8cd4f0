"""Fitted models that stay on their device: a Dask actor in the warm worker, and the handle that pages hold.

An actor answers while other workers train; it keeps few models and lets the oldest go.
"""

import logging
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from data.errors import PenumbraError
from synth.core.errors import JobError
from synth.core.learner import Fitted
from synth.imputers.base import FittedImputer
from synth.runs.learner_cards import imputer_from_card, learner_from_card
from synth.runs.workers import cluster
from synth.runs.workers.jobs import Jobs

CAPACITY = 4
LOOK_S = 0.5
TRIES, PAUSE_S = 4, 1.0


class WarmModels:
    """The actor: lives in the warm worker, holds loaded models by key."""

    def __init__(self, capacity: int = CAPACITY) -> None:
        self._capacity = capacity
        self._models: OrderedDict[str, Fitted] = OrderedDict()

    def load(self, key: str, card: Mapping[str, Any], payload: bytes) -> None:
        """Load a model if it is not here yet; the one unused for longest goes."""
        if key not in self._models:
            self._models[key] = learner_from_card(card).load(payload)
        self._models.move_to_end(key)
        while len(self._models) > self._capacity:
            self._models.popitem(last=False)

    def has(self, key: str) -> bool:
        return key in self._models

    def call(self, key: str, method: str, *args: Any, **kwargs: Any) -> Any:
        """Call `impute`, `expect`, `sample` or `release` of a loaded model."""
        self._models.move_to_end(key)
        return getattr(self._models[key], method)(*args, **kwargs)


class Warm:
    """The handle: finds the actor, loads what is missing, starts again when its worker has died."""

    def __init__(self, jobs: Jobs) -> None:
        self._jobs = jobs
        self._actor: Any = None
        self._client: Any = None  # of the cluster that the actor lives in
        self._future: Any = None
        self._lock = threading.Lock()
        self._rehearsals: dict[str, threading.Thread] = {}

    def forget(self) -> None:
        """Drop all warm models, for example because the data they learnt from were deleted."""
        with self._lock:
            self._actor = self._future = None
            self._rehearsals = {}

    def rehearse(self, key: str, ask: Callable[[], Any]) -> bool:
        """Have a model answer once in the background, so that nobody waits for a worker to start and load it.

        Args:
            key: Address of the model; it is asked once.
            ask: Asks it through this handle. Where that fails, whoever needs an answer will be told why.

        Returns:
            Whether that is still under way.
        """
        thread = threading.Thread(target=_quietly, args=(ask,), name=f"warming up {key[:8]}", daemon=True)
        first = self._rehearsals.setdefault(key, thread)
        if first is thread:
            thread.start()
        return first.is_alive()

    def call(
        self, key: str, card: Mapping[str, Any], payload: bytes, method: str, *args: Any, **kwargs: Any
    ) -> Any:
        """Call a method of the model at `key`, on its device.

        Args:
            key: Address of the model.
            card: Card of its learner.
            payload: What to load it from, if it is not warm yet.
            method: `"impute"`, `"expect"`, `"sample"` or `"release"`.

        Raises:
            JobError: If no worker can do it.
        """
        failure: Exception | None = None
        with self._lock:
            for _ in range(TRIES):
                try:
                    return self._attempt(key, card, payload, method, *args, **kwargs)
                except (OSError, ValueError, RuntimeError, TimeoutError) as error:
                    self._actor = None  # its worker, or the whole cluster, may have died: look for a new one
                    failure = error
                time.sleep(PAUSE_S)  # until everybody has noticed that a cluster is lost
        raise JobError(
            f"The model could not be used ({failure}). Try again; if it persists, train it again."
        ) from failure

    def _attempt(
        self, key: str, card: Mapping[str, Any], payload: bytes, method: str, *args: Any, **kwargs: Any
    ) -> Any:
        client = self._jobs.client()
        actor = self._find(client)
        with client.as_current():  # an actor asks for it
            if not self._answer(actor.has(key), 30):
                self._answer(actor.load(key, card, payload), 120)
            return self._answer(actor.call(key, method, *args, **kwargs), 60)

    def _find(self, client: Any) -> Any:
        if self._actor is None or self._client is not client:
            workers = [cluster.warm_worker(client)]
            self._client = client
            self._future = client.submit(
                WarmModels, actor=True, pure=False, workers=workers
            )  # keeps it there
            self._actor = self._future.result(timeout=60)
        return self._actor

    def _answer(self, asked: Any, patience_s: float) -> Any:
        """Wait for an actor's answer, which never comes where the cluster is lost.

        Raises:
            TimeoutError: If it does not come.
        """
        deadline = time.monotonic() + patience_s
        while True:
            try:
                return asked.result(timeout=LOOK_S)
            except TimeoutError:
                if time.monotonic() > deadline or self._jobs.client() is not self._client:
                    raise


def _quietly(ask: Callable[[], Any]) -> None:
    try:
        ask()
    except PenumbraError as error:
        logging.getLogger(__name__).info("A model could not be warmed up: %s", error)


class WarmImputer(FittedImputer):
    """A fitted imputer that is elsewhere: same contract, computed by the actor."""

    def __init__(self, warm: Warm, key: str, card: Mapping[str, Any], payload: bytes) -> None:
        self.learner = imputer_from_card(card)
        self.history = []
        self._warm = warm
        self._key = key
        self._payload = payload

    def impute(self, values: np.ndarray, mask: np.ndarray, *, n_draws: int = 1, seed: int) -> np.ndarray:
        card = self.learner.card()
        return self._warm.call(
            self._key, card, self._payload, "impute", values, mask, n_draws=n_draws, seed=seed
        )

    def expect(self, values: np.ndarray, mask: np.ndarray, *, seed: int) -> np.ndarray:
        card = self.learner.card()
        return self._warm.call(self._key, card, self._payload, "expect", values, mask, seed=seed)

    def to_bytes(self) -> bytes:
        return self._payload
