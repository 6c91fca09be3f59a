"""Test infrastructure for real-time, multi-tenant AI-agent backends.

Every public name is reachable here and is imported on first use (PEP 562), so that `import goldenpath` costs next
to nothing in a test run that needs only one organ of it.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from goldenpath.audit import migrate_legacy_mock_usage as migrate_legacy_mock_usage
    from goldenpath.contracts import AG_UI as AG_UI
    from goldenpath.contracts import GOLDEN_PATH as GOLDEN_PATH
    from goldenpath.contracts import Checker as Checker
    from goldenpath.contracts import ContractError as ContractError
    from goldenpath.contracts import EventContract as EventContract
    from goldenpath.contracts import Gap as Gap
    from goldenpath.contracts import Numbering as Numbering
    from goldenpath.contracts import Once as Once
    from goldenpath.contracts import Pairing as Pairing
    from goldenpath.contracts import Report as Report
    from goldenpath.contracts import Violation as Violation
    from goldenpath.contracts import load_contract as load_contract
    from goldenpath.contracts import parse_contract as parse_contract
    from goldenpath.contracts import to_ag_ui as to_ag_ui
    from goldenpath.databases import DatabaseTestUtility as DatabaseTestUtility
    from goldenpath.doubles import SSotMockFactory as SSotMockFactory
    from goldenpath.doubles import double as double
    from goldenpath.doubles import get_mock_factory as get_mock_factory
    from goldenpath.doubles import verify_doubles as verify_doubles
    from goldenpath.environment import DirectorySource as DirectorySource
    from goldenpath.environment import EnvFileError as EnvFileError
    from goldenpath.environment import EnvironmentFault as EnvironmentFault
    from goldenpath.environment import EnvironmentSource as EnvironmentSource
    from goldenpath.environment import FileSource as FileSource
    from goldenpath.environment import GoogleSecretManager as GoogleSecretManager
    from goldenpath.environment import InvalidVariable as InvalidVariable
    from goldenpath.environment import IsolatedEnvironment as IsolatedEnvironment
    from goldenpath.environment import MissingExtra as MissingExtra
    from goldenpath.environment import ProtectedVariable as ProtectedVariable
    from goldenpath.environment import Secret as Secret
    from goldenpath.environment import SecretCheck as SecretCheck
    from goldenpath.environment import SecretError as SecretError
    from goldenpath.environment import SecretLoader as SecretLoader
    from goldenpath.environment import SecretPlanError as SecretPlanError
    from goldenpath.environment import SecretRule as SecretRule
    from goldenpath.environment import SecretSource as SecretSource
    from goldenpath.environment import SecretStage as SecretStage
    from goldenpath.environment import SecretVault as SecretVault
    from goldenpath.environment import ServiceAccountSource as ServiceAccountSource
    from goldenpath.environment import UndeclaredRead as UndeclaredRead
    from goldenpath.environment import UnknownEnvironmentName as UnknownEnvironmentName
    from goldenpath.environment import get_env as get_env
    from goldenpath.live import WebSocketTestClient as WebSocketTestClient
    from goldenpath.live import WebSocketTestUtility as WebSocketTestUtility
    from goldenpath.services import Service as Service
    from goldenpath.services import ServiceStack as ServiceStack
    from goldenpath.services.docker import DockerTestUtility as DockerTestUtility
    from goldenpath.services.docker import UnifiedDockerManager as UnifiedDockerManager
    from goldenpath.simulation import Network as Network
    from goldenpath.simulation import Rule as Rule
    from goldenpath.simulation import Simulation as Simulation
    from goldenpath.simulation import always as always
    from goldenpath.simulation import eventually as eventually
    from goldenpath.simulation import simulate as simulate
    from goldenpath.simulation import sometimes as sometimes
    from goldenpath.tenancy import Canary as Canary
    from goldenpath.tenancy import LeakReport as LeakReport
    from goldenpath.tenancy import LeakSearch as LeakSearch
    from goldenpath.tenancy import TenantMatrix as TenantMatrix
    from goldenpath.testcase import SSotAsyncTestCase as SSotAsyncTestCase
    from goldenpath.testcase import SSotBaseTestCase as SSotBaseTestCase
    from goldenpath.websocket import EventOrderError as EventOrderError
    from goldenpath.websocket import LegacyMockWebSocketManager as LegacyMockWebSocketManager
    from goldenpath.websocket import MessageFormatError as MessageFormatError
    from goldenpath.websocket import MockBehaviorMode as MockBehaviorMode
    from goldenpath.websocket import MockConfiguration as MockConfiguration
    from goldenpath.websocket import MockWebSocketManager as MockWebSocketManager
    from goldenpath.websocket import WebSocketAssertions as WebSocketAssertions
    from goldenpath.websocket import create_auth_testing_mock as create_auth_testing_mock
    from goldenpath.websocket import create_basic_mock as create_basic_mock
    from goldenpath.websocket import create_compliance_mock as create_compliance_mock
    from goldenpath.websocket import create_concurrency_mock as create_concurrency_mock
    from goldenpath.websocket import create_performance_mock as create_performance_mock
    from goldenpath.websocket import create_resilience_mock as create_resilience_mock
    from goldenpath.websocket import create_resource_limits_mock as create_resource_limits_mock
    from goldenpath.websocket import create_slow_network_mock as create_slow_network_mock
    from goldenpath.websocket import simulate_agent_execution_flow as simulate_agent_execution_flow
    from goldenpath.websocket import simulate_concurrent_agents as simulate_concurrent_agents
    from goldenpath.websocket import simulate_high_load as simulate_high_load
    from goldenpath.websocket import simulate_network_issues as simulate_network_issues

__version__ = "0.1.0"

_HOME: dict[str, str] = {
    "migrate_legacy_mock_usage": "goldenpath.audit",
    "AG_UI": "goldenpath.contracts",
    "Checker": "goldenpath.contracts",
    "ContractError": "goldenpath.contracts",
    "EventContract": "goldenpath.contracts",
    "GOLDEN_PATH": "goldenpath.contracts",
    "Gap": "goldenpath.contracts",
    "Numbering": "goldenpath.contracts",
    "Once": "goldenpath.contracts",
    "Pairing": "goldenpath.contracts",
    "Report": "goldenpath.contracts",
    "Violation": "goldenpath.contracts",
    "load_contract": "goldenpath.contracts",
    "parse_contract": "goldenpath.contracts",
    "to_ag_ui": "goldenpath.contracts",
    "DatabaseTestUtility": "goldenpath.databases",
    "SSotMockFactory": "goldenpath.doubles",
    "double": "goldenpath.doubles",
    "get_mock_factory": "goldenpath.doubles",
    "verify_doubles": "goldenpath.doubles",
    "DirectorySource": "goldenpath.environment",
    "EnvFileError": "goldenpath.environment",
    "EnvironmentFault": "goldenpath.environment",
    "EnvironmentSource": "goldenpath.environment",
    "FileSource": "goldenpath.environment",
    "GoogleSecretManager": "goldenpath.environment",
    "InvalidVariable": "goldenpath.environment",
    "IsolatedEnvironment": "goldenpath.environment",
    "MissingExtra": "goldenpath.environment",
    "ProtectedVariable": "goldenpath.environment",
    "Secret": "goldenpath.environment",
    "SecretCheck": "goldenpath.environment",
    "SecretError": "goldenpath.environment",
    "SecretLoader": "goldenpath.environment",
    "SecretPlanError": "goldenpath.environment",
    "SecretRule": "goldenpath.environment",
    "SecretSource": "goldenpath.environment",
    "SecretStage": "goldenpath.environment",
    "SecretVault": "goldenpath.environment",
    "ServiceAccountSource": "goldenpath.environment",
    "UndeclaredRead": "goldenpath.environment",
    "UnknownEnvironmentName": "goldenpath.environment",
    "get_env": "goldenpath.environment",
    "WebSocketTestClient": "goldenpath.live",
    "WebSocketTestUtility": "goldenpath.live",
    "Service": "goldenpath.services",
    "ServiceStack": "goldenpath.services",
    "DockerTestUtility": "goldenpath.services.docker",
    "UnifiedDockerManager": "goldenpath.services.docker",
    "Network": "goldenpath.simulation",
    "Rule": "goldenpath.simulation",
    "Simulation": "goldenpath.simulation",
    "always": "goldenpath.simulation",
    "eventually": "goldenpath.simulation",
    "simulate": "goldenpath.simulation",
    "sometimes": "goldenpath.simulation",
    "Canary": "goldenpath.tenancy",
    "LeakReport": "goldenpath.tenancy",
    "LeakSearch": "goldenpath.tenancy",
    "TenantMatrix": "goldenpath.tenancy",
    "SSotAsyncTestCase": "goldenpath.testcase",
    "SSotBaseTestCase": "goldenpath.testcase",
    "EventOrderError": "goldenpath.websocket",
    "LegacyMockWebSocketManager": "goldenpath.websocket",
    "MessageFormatError": "goldenpath.websocket",
    "MockBehaviorMode": "goldenpath.websocket",
    "MockConfiguration": "goldenpath.websocket",
    "MockWebSocketManager": "goldenpath.websocket",
    "WebSocketAssertions": "goldenpath.websocket",
    "create_auth_testing_mock": "goldenpath.websocket",
    "create_basic_mock": "goldenpath.websocket",
    "create_compliance_mock": "goldenpath.websocket",
    "create_concurrency_mock": "goldenpath.websocket",
    "create_performance_mock": "goldenpath.websocket",
    "create_resilience_mock": "goldenpath.websocket",
    "create_resource_limits_mock": "goldenpath.websocket",
    "create_slow_network_mock": "goldenpath.websocket",
    "simulate_agent_execution_flow": "goldenpath.websocket",
    "simulate_concurrent_agents": "goldenpath.websocket",
    "simulate_high_load": "goldenpath.websocket",
    "simulate_network_issues": "goldenpath.websocket",
}

__all__ = ["__version__", *sorted(_HOME)]


def __getattr__(name: str) -> object:
    home = _HOME.get(name)
    if home is None:
        raise AttributeError(f"module 'goldenpath' has no attribute {name!r}; it offers: {', '.join(__all__)}")
    from importlib import import_module

    value: object = getattr(import_module(home), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
