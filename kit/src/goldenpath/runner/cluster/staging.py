"""From a staged run to an executor on a cluster."""

from __future__ import annotations

from collections import Counter

from goldenpath.runner.cluster.executor import ClusterExecutor
from goldenpath.runner.cluster.joining import ClusterUnfit, join_cluster
from goldenpath.runner.cluster.parcel import NodeOpening
from goldenpath.runner.local.nursery import Nursery, Way
from goldenpath.runner.request import Request
from goldenpath.runner.settings import Settings, UsageError
from goldenpath.runner.stage import Staged


def on_cluster(staged: Staged, request: Request, settings: Settings) -> tuple[ClusterExecutor, Nursery]:
    """Join the cluster and hold it against what the selected tests need; `UsageError` when it will not do."""
    opening = staged.opening
    selected = {item.node_id for item in staged.selection.items}
    needs = Counter(service for item in staged.collected.items if item.node_id in selected for service in item.services)
    try:
        if request.coverage:
            raise ClusterUnfit("--coverage is measured on one machine: run it without --cluster")
        cluster = join_cluster(request.cluster, opening.root)
        try:
            cluster.require(needs)
        except BaseException:
            cluster.client.close()
            raise
    except ClusterUnfit as error:
        raise UsageError(f"--cluster {request.cluster}: {error}") from None
    nursery = Nursery(staged.host, staged.collected, opening, cluster.slots, Way.SPAWN)
    node = NodeOpening(
        opening.run_id,
        opening.root,
        opening.arguments,
        opening.environment,
        opening.retries,
        request.timeout or settings.timeout,
    )
    return ClusterExecutor(cluster, nursery, node, settings.tokens), nursery
