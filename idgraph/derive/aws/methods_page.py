"""The catalogue of methods as a page: what is decided of each, by what, and why not."""

from __future__ import annotations

from collections.abc import Iterator

from idgraph.derive.aws.methods import METHODS, Method, Status

_HEAD = """\
# AWS: every method, and how far it is decided

A method is a way from one principal to the power of another. Each stands here with the permissions
that it takes, all of them for one principal, and with what the loaded data says of it:

- **decided**: the edge is there when the policies of both sides allow it, and only then;
- **guarded**: the edge is there, under a condition that nothing loaded decides;
- **not decidable**: no edge, for the reason given.

Whatever a policy's conditions leave open is a guard of the edge besides. `idgraph path` names the
method of each step and the statements that allow it; `idgraph kinds KIND` names the methods of a
kind. Numbered ids are those of pathfinding.cloud by Datadog (Apache-2.0), catalogue of 2025-12-17.
"""
_TITLES = {
    "": "Not decidable",
    "ADMINISTERS_ACCOUNT": "Administrator of the account: `ADMINISTERS_ACCOUNT`",
    "CAN_ASSUME": "Taking on a role: `CAN_ASSUME`",
    "CAN_EDIT_TRUST": "Rewriting whom a role trusts: `CAN_EDIT_TRUST`",
    "CAN_ADD_CREDENTIAL": "A credential of a user: `CAN_ADD_CREDENTIAL`",
    "CAN_FORGE_SAML": "Signing assertions: `CAN_FORGE_SAML`",
    "CAN_PASS_ROLE": "A new workload with a role: `CAN_PASS_ROLE`",
    "CAN_RUN_ON": "A workload that is there: `CAN_RUN_ON`",
    "CAN_READ_STORE": "Reading what is stored: `CAN_READ_STORE`",
}
_ORDER = (*(each for each in _TITLES if each), "")


def page() -> str:
    """Return the page, in Markdown."""
    return "\n".join((_HEAD, *_sections()))


def _sections() -> Iterator[str]:
    for edge in _ORDER:
        rows = [each for each in METHODS if each.edge == edge]
        yield f"## {_TITLES[edge]}\n"
        yield "| method | permissions | state | what else |"
        yield "|---|---|---|---|"
        yield from map(_row, rows)
        yield ""


def _row(method: Method) -> str:
    permissions = " + ".join(f"`{each}`" for each in method.permissions)
    return f"| {method.id} | {permissions} | {method.status.value} | {_besides(method)} |"


def _besides(method: Method) -> str:
    """Return what a method hangs on, beside the permissions."""
    if method.status is Status.UNDECIDED:
        return method.why
    said = [method.also] if method.also else []
    if method.edge == "CAN_PASS_ROLE":
        said.append(
            f"a role that trusts {method.service}{' and has an instance profile' * method.profile}"
        )
    if method.words and method.workload:
        said.append(
            f"{method.words}; where their list was not loaded, that there is one: a condition"
        )
    elif method.words:
        said.append(f"on condition that {method.words} with such a role exists")
    if method.needs:
        said.append(f"on condition that {method.needs}")
    return "; ".join(said)
