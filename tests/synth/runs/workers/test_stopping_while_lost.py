"""A cluster may be lost between two looks: what was asked over the connection fails a moment before that is noticed."""

import threading

import pytest

from synth.runs.workers.cluster import Connection
from synth.runs.workers.jobs import Jobs


class Client:
    """A client whose connection may be gone without its having noticed."""

    def __init__(self) -> None:
        self.status = "running"

    def close(self) -> None:
        self.status = "closed"


def asked_of(client: Client) -> Jobs:
    jobs = Jobs()
    jobs._connection = Connection()
    jobs._connection.current = client
    return jobs


def test_a_loss_that_is_noticed_later_does_not_matter():
    client = Client()
    noticed = threading.Timer(0.2, client.close)
    with asked_of(client)._while_connected() as given:
        noticed.start()
        assert given is client
        raise OSError("Stream is closed")
    assert client.status == "closed"


def test_what_fails_on_a_cluster_that_is_there_is_raised(monkeypatch):
    monkeypatch.setattr("synth.runs.workers.jobs.LOSS_NOTICED_S", 0.1)
    with pytest.raises(OSError, match="closed"), asked_of(Client())._while_connected():
        raise OSError("Stream is closed")


def test_there_is_no_client_where_the_cluster_was_lost_before():
    client = Client()
    client.close()
    with asked_of(client)._while_connected() as given:
        assert given is None
