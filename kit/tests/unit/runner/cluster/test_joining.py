from __future__ import annotations

import pytest

from goldenpath.runner.cluster import ClusterUnfit, join_cluster
from goldenpath.runner.cluster.joining import gathered

from .standing_in import FIT, ROOT, Client

UNFIT = {
    "has goldenpath 0.0.1, and this run": {**FIT, "version": "0.0.1"},
    "has no folder /project: every machine needs the project": {**FIT, "root": False},
}


@pytest.mark.parametrize("said", UNFIT)
def test_a_machine_that_cannot_run_the_project_is_named_with_what_it_lacks(said: str) -> None:
    with pytest.raises(ClusterUnfit, match=said) as caught:
        gathered(Client({"tcp://10.0.0.1:1": UNFIT[said]}), "tcp://10.0.0.9:8786", ROOT)
    assert str(caught.value).startswith("machine m1 ")


def test_a_scheduler_without_workers_says_how_to_start_some() -> None:
    with pytest.raises(ClusterUnfit, match=r"no workers: start some with dask worker tcp://10\.0\.0\.9:8786"):
        gathered(Client({}), "tcp://10.0.0.9:8786", ROOT)


@pytest.mark.parametrize("url", ["nonsense://a:1", "host", "tcp://host", "http://host:8786/x", ""])
def test_what_is_no_address_of_a_scheduler_is_refused_before_anybody_waits_for_it(url: str) -> None:
    with pytest.raises(ClusterUnfit, match="looks like tcp://host:8786"):
        join_cluster(url, ROOT)


def test_nobody_at_the_address_is_an_error_that_says_how_long_it_waited() -> None:
    with pytest.raises(ClusterUnfit, match=r"no Dask scheduler answers at tcp://127\.0\.0\.1:9 within 0\.2 s"):
        join_cluster("tcp://127.0.0.1:9", ROOT, patience=0.2)


def test_slots_and_services_are_those_of_the_living() -> None:
    machines = {
        "tcp://a:1": {**FIT, "threads": 4, "resources": {"postgres": 2.0}},
        "tcp://b:1": {**FIT, "name": "tcp://b:1", "resources": {"postgres": 1.0}},
    }
    cluster = gathered(Client(machines), "x", ROOT)
    assert (cluster.slots, cluster.offered("postgres")) == (5, 3)
    assert cluster.machines["tcp://b:1"].name == "b:1"
    cluster.machines["tcp://a:1"].died = "lost"
    assert (cluster.slots, cluster.offered("postgres")) == (1, 1)
    cluster.require({"postgres": 7})
    with pytest.raises(ClusterUnfit, match=r"2 tests need postgre, and no machine offers it; 'postgres' is offered"):
        cluster.require({"postgre": 2})
