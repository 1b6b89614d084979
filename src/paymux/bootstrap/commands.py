"""The administrator's commands: tenants, API keys, encryption keys, held jobs."""

import argparse
import sys

from paymux.bootstrap.containers import Container
from paymux.bootstrap.fit_database import await_fit_database
from paymux.bootstrap.installation import Installation
from paymux.bootstrap.lifecycle import running
from paymux.kernel.ids import ApiKeyId, TenantId
from paymux.kernel.pages import PageRequest
from paymux.kernel.scope import Mode, Scope
from paymux.platform.jobs.held import list_held, requeue
from paymux.platform.settings import Settings
from paymux.tenancy.role import Role

_Groups = argparse._SubParsersAction  # noqa: SLF001 - argparse gives it no public name


def add_parsers(groups: "_Groups[argparse.ArgumentParser]") -> None:
    """Declare the commands."""
    tenants = groups.add_parser("tenants", help="the tenants of this installation")
    tenant_verbs = tenants.add_subparsers(dest="verb", required=True)
    tenant_verbs.add_parser("create", help="with its first keys").add_argument("name")
    tenant_verbs.add_parser("list", help="newest first")
    api_keys = groups.add_parser("api-keys", help="a tenant's API keys")
    key_verbs = api_keys.add_subparsers(dest="verb", required=True)
    issue = key_verbs.add_parser("issue", help="shown once")
    issue.add_argument("tenant_id")
    issue.add_argument("--role", choices=[*Role], default=Role.OPERATOR)
    issue.add_argument("--mode", choices=[*Mode], default=Mode.TEST)
    issue.add_argument("--label", default="issued on the command line")
    listing = key_verbs.add_parser("list", help="newest first")
    listing.add_argument("tenant_id")
    listing.add_argument("--mode", choices=[*Mode], default=Mode.TEST)
    revoke = key_verbs.add_parser("revoke", help="refused from now on")
    revoke.add_argument("tenant_id")
    revoke.add_argument("key_id")
    revoke.add_argument("--mode", choices=[*Mode], default=Mode.TEST)
    keys = groups.add_parser("keys", help="the keys that seal credentials")
    keys.add_subparsers(dest="verb", required=True).add_parser(
        "rotate", help="seal everything anew with the first key of the ring; resumable"
    )
    jobs = groups.add_parser("jobs", help="jobs that used up their tries")
    job_verbs = jobs.add_subparsers(dest="verb", required=True)
    job_verbs.add_parser("held", help="list them")
    again = job_verbs.add_parser("requeue", help="run them again, all if none is named")
    again.add_argument("number", type=int, nargs="*")


async def administer(chosen: argparse.Namespace, installation: Installation) -> int:
    """Run one of the commands; returns its exit code."""
    await await_fit_database(installation.database_url, patience=0)
    container = installation.container()
    async with running(container, with_worker=False):
        match chosen.command:
            case "tenants":
                await _tenants(chosen, container)
            case "api-keys":
                await _api_keys(chosen, container)
            case "keys":
                return await _rotate(container)
            case "jobs":
                await _jobs(chosen, installation.database_url)
    return 0


def shown_settings(settings: Settings) -> str:
    """Return the settings in force, one a line, secrets masked."""
    return "".join(f"{name} = {value}\n" for name, value in settings.__rich_repr__())


async def _tenants(chosen: argparse.Namespace, container: Container) -> None:
    tenants = container.tenants()
    if chosen.verb == "create":
        new = await tenants.create(chosen.name)
        _say(f"tenant {new.tenant.id} {new.tenant.name}")
        for issued in new.keys:
            _say(f"{issued.key.mode} {issued.key.role} key, shown only now: {issued.text}")
        return
    cursor = None
    while True:
        page = await tenants.list(PageRequest(100, cursor))
        for tenant in page.items:
            state = "disabled" if tenant.disabled_at else "enabled"
            _say(f"{tenant.id}  {tenant.created_at:%Y-%m-%d}  {state}  {tenant.name}")
        cursor = page.next_cursor
        if cursor is None:
            return


async def _api_keys(chosen: argparse.Namespace, container: Container) -> None:
    scope = Scope(TenantId(chosen.tenant_id), Mode(chosen.mode))
    api_keys = container.api_keys()
    match chosen.verb:
        case "issue":
            issued = await api_keys.issue(scope, role=Role(chosen.role), label=chosen.label)
            _say(f"{issued.key.id}, shown only now: {issued.text}")
        case "revoke":
            revoked = await api_keys.revoke(scope, ApiKeyId(chosen.key_id))
            _say(f"{revoked.id} is revoked.")
        case _:
            for key in (await api_keys.list(scope, PageRequest(100))).items:
                state = "revoked" if key.revoked_at else "active"
                _say(f"{key.id}  {key.role}  …{key.last_four}  {state}  {key.label}")


async def _rotate(container: Container) -> int:
    unreadable = 0
    async for progress in container.key_rotation().run():
        unreadable = progress.unreadable
        _say(
            f"re-sealed {progress.resealed}, up to date {progress.up_to_date}, "
            f"unreadable {progress.unreadable}"
        )
    _say("Done. The old key can leave the ring." if not unreadable else "Keep the old key.")
    return 1 if unreadable else 0


async def _jobs(chosen: argparse.Namespace, database_url: str) -> None:
    if chosen.verb == "requeue":
        _say(f"{await requeue(database_url, chosen.number or None)} jobs are back in line.")
        return
    for held in await list_held(database_url):
        job = held.job
        _say(f"{held.number}  {job.name}  {job.tenant_id}  {job.subject_id}  {held.tries} tries")


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()
