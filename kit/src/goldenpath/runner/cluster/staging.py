"""From a run that begins to an executor: the cluster is joined, and collects, while the run still plans."""

from __future__ import annotations

from collections import Counter
from concurrent.futures import ThreadPoolExecutor

from goldenpath.runner.cluster.executor import ClusterExecutor
from goldenpath.runner.cluster.joining import Cluster, ClusterUnfit, join_cluster
from goldenpath.runner.cluster.node import close_node, open_node
from goldenpath.runner.cluster.parcel import NodeOpening
from goldenpath.runner.local.host import Opening
from goldenpath.runner.local.nursery import Nursery, Way
from goldenpath.runner.request import Request
from goldenpath.runner.settings import Settings, UsageError
from goldenpath.runner.stage import Staged


class Gathering:
    """A cluster that is being joined."""

    def __init__(self, opening: Opening, request: Request, settings: Settings) -> None:
        self._request = request
        self._settings = settings
        self._opening = NodeOpening(
            opening.run_id,
            opening.root,
            opening.arguments,
            opening.environment,
            opening.retries,
            request.timeout or settings.timeout,
        )
        self._taken = False
        self._beside = ThreadPoolExecutor(1)
        self._joined = self._beside.submit(self._join)

    def _join(self) -> Cluster:
        if self._request.coverage:
            raise ClusterUnfit("--coverage is measured on one machine: run it without --cluster")
        cluster = join_cluster(self._request.cluster, self._opening.root)
        cluster.client.run(open_node, self._opening, wait=False)
        return cluster

    def executor(self, staged: Staged) -> tuple[ClusterExecutor, Nursery]:
        """Hold the cluster against what the selected tests need; `UsageError` when it will not do."""
        selected = {item.node_id for item in staged.selection.items}
        needs = Counter(
            service for item in staged.collected.items if item.node_id in selected for service in item.services
        )
        try:
            cluster = self._joined.result()
            cluster.require(needs)
        except ClusterUnfit as error:
            raise UsageError(f"--cluster {self._request.cluster}: {error}") from None
        self._taken = True
        nursery = Nursery(staged.host, staged.collected, staged.opening, cluster.slots, Way.SPAWN)
        return ClusterExecutor(cluster, nursery, self._opening, self._settings.tokens), nursery

    def leave(self) -> None:
        """The run has ended; unless an executor has seen to it, the machines and the connection are let go."""
        self._beside.shutdown()
        if self._taken or self._joined.exception() is not None:
            return
        client = self._joined.result().client
        client.run(close_node, self._opening.run_id, on_error="ignore")
        client.close()
