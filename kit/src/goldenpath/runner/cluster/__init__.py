"""Running on the workers of a Dask scheduler: it decides where, this decides what, and counts every result once."""

from __future__ import annotations

from goldenpath.runner.cluster.executor import ClusterExecutor
from goldenpath.runner.cluster.joining import Cluster, ClusterUnfit, join_cluster

__all__ = ["Cluster", "ClusterExecutor", "ClusterUnfit", "join_cluster"]
