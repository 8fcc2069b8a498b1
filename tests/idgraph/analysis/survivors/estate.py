"""A small tenant for questions about survivors, and the answers to them."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import cache

from idgraph.analysis.survivors import Kill, Question, Survivors, action, survivors
from tests.idgraph.derive.build import Build
from tests.idgraph.derive.entra.tenant import T, Tenant

AT = datetime(2026, 11, 2, 14, tzinfo=UTC)
BEFORE = datetime(2026, 10, 26, 6, tzinfo=UTC)
AFTER = datetime(2026, 11, 3, 6, tzinfo=UTC)

APP = {"tenant_id": T, "app_id": "client-1"}


def tenant() -> Build:
    """Return Ada, who owns an application and a device, beside people of other kinds."""
    made = Tenant().settled().roles("APPLICATION_ADMIN")
    made.user("ada", on_premises_sid="", upn="ada@x").user("gus", user_type="Guest")
    made.user("sam", synced=True).user("off", account_enabled=False).user("eli")
    made.node("EntraUser", "una", tenant_id=T, account_enabled=True, user_type="Member")
    made.node("EntraApp", "app", "Release", **APP)
    made.node("EntraServicePrincipal", "sp", "Release", account_enabled=True, **APP)
    made.node("EntraApp", "other", "Other", tenant_id=T, app_id="client-2")
    made.node("EntraDevice", "pad", "Pad", tenant_id=T)
    made.edge("OWNS", "ada", "app").edge("OWNS", "ada", "pad")
    credential(made, "new", start="2026-11-02T15:00:00Z", end="2027-11-02T00:00:00Z")
    credential(made, "old", start="2024-01-01T00:00:00Z", end="2026-01-01T00:00:00Z")
    credential(made, "open", start="2025-01-01T00:00:00Z")
    credential(made, "theirs", of="other", end="2027-01-01T00:00:00Z")
    made.node("EntraFederatedCredential", "fic", "pipeline", tenant_id=T)
    made.edge("AUTHENTICATES_AS", "fic", "app")
    made.node("AzureKeyVault", "vault", "Vault", policies_read=True, rbac_mode=False, tenant_id=T)
    made.node("AzureKeyVaultSecret", "secret", "deploy", opens_key_id="KEY-OPEN")
    made.node("AzureKeyVaultSecret", "dated", "dated", opens_key_id="key-new")
    made.edge("CONTAINS", "vault", "secret").edge("CONTAINS", "vault", "dated")
    made.edge("VAULT_POLICY", "sp", "vault", secrets=("get",))
    return made


def credential(made: Build, name: str, *, of: str = "app", **dates: str) -> None:
    made.node("EntraCredential", f"cred-{name}", name, key_id=f"key-{name}", **dates)
    made.edge("CREDENTIAL_OF", f"cred-{name}", of)


def ask(identity: str, reset: str, *killed: str, made: Build | None = None, **more) -> Survivors:
    """Return the answer; an action is `name`, taken an hour after the reset, or `name@minutes`."""
    graph, snapshot = _known() if made is None else (made.derive().graph, made.snapshot())
    kills = tuple(_kill(each) for each in killed)
    question = Question(reset=reset, **{"at": AT, "killed": kills, **more})
    return survivors(graph, snapshot, graph.position(identity), question)


@cache
def _known():
    made = tenant()
    return made.derive().graph, made.snapshot()


def _kill(text: str) -> Kill:
    name, _, late = text.partition("@")
    return Kill(action(name), AT + (AT.replace(hour=15) - AT) / 60 * int(late or 60))


def fates(answer: Survivors, *artefacts: str) -> dict[tuple[str, str], str]:
    """Return the verdict by artefact and object."""
    return {
        (row.artefact, row.on.id): row.verdict.value
        for row in answer.rows
        if not artefacts or row.artefact in artefacts
    }


def only(answer: Survivors, artefact: str, on: str = "ada"):
    """Return the one row of an artefact on an object."""
    (row,) = [each for each in answer.rows if (each.artefact, each.on.id) == (artefact, on)]
    return row
