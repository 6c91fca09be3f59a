"""Add users from the command line: the first operator has nobody who could let him in."""

from __future__ import annotations

import argparse
import asyncio
import getpass
import sys

from pydantic import ValidationError

from agent_backend.cli.configuration import add_config_option
from agent_backend.cli.deployment import database_url
from agent_backend.cli.output import write_event
from agent_backend.cli.refusal import Refusal
from agent_backend.context import Principal, Role, SystemClock, UnifiedIDManager, first_problem
from agent_backend.identity import AddressTaken, Enrolment, Passwords, TenantTaken, TenantUnknown
from agent_backend.storage import AccountStore, DatabaseManager
from agent_backend.web import TenantCredentials


def configure(parser: argparse.ArgumentParser) -> None:
    """`user add`."""
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    add = actions.add_parser("add", help="add a user to a tenant", allow_abbrev=False)
    add_config_option(add)
    add.add_argument("--tenant", required=True, help="name of the tenant")
    add.add_argument("--email", required=True, help="address to log in with")
    add.add_argument("--role", choices=[role.value for role in Role], default=None, help="default: member")
    add.add_argument("--new-tenant", action="store_true", help="found the tenant; its first user is an admin")
    add.add_argument("--password-stdin", action="store_true", help="read the password from a line of standard input")


def run(options: argparse.Namespace) -> None:
    """Add the user and say under which ids; the password is asked for and never an argument, which others could see."""
    try:
        wanted = TenantCredentials.model_validate(
            {"tenant": options.tenant, "email": options.email, "password": _password(from_stdin=options.password_stdin)}
        )
    except ValidationError as invalid:
        raise Refusal(first_problem(invalid)) from None
    role = Role(options.role) if options.role else Role.ADMIN if options.new_tenant else Role.MEMBER
    with database_url(options) as url:
        added = asyncio.run(_add(url, wanted, role, found=options.new_tenant))
    write_event("user_added", tenant_id=added.tenant_id, user_id=added.user_id, role=role.value)


async def _add(url: str, wanted: TenantCredentials, role: Role, *, found: bool) -> Principal:
    database, passwords = await DatabaseManager.open(url), Passwords()
    enrolment = Enrolment(AccountStore(database), passwords, UnifiedIDManager(SystemClock()))
    try:
        if found:
            return await enrolment.found(wanted.tenant, wanted.email, wanted.password, role)
        return await enrolment.add_to(wanted.tenant, wanted.email, wanted.password, role)
    except TenantTaken:
        raise Refusal(f"there is a tenant {wanted.tenant!r} already; leave out --new-tenant") from None
    except TenantUnknown:
        raise Refusal(f"there is no tenant {wanted.tenant!r}; --new-tenant founds it") from None
    except AddressTaken:
        raise Refusal(f"{wanted.email} has an account in {wanted.tenant!r} already") from None
    finally:
        passwords.close()
        await database.close()


def _password(*, from_stdin: bool) -> str:
    if from_stdin:
        return sys.stdin.readline().removesuffix("\n").removesuffix("\r")
    if not sys.stdin.isatty():
        raise Refusal("there is no terminal to ask for the password; use --password-stdin")
    return getpass.getpass("Password: ")
