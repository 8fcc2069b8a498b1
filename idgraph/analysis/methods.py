"""Reset methods: what each gives an attacker, what it still asks for, what it takes to be so.

The names are those of a reset event. `asks` are guards on the identity itself that every path
from it then needs; `passes_own_factor` says whether its second factor is passed on the way, too.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType

from idgraph.catalogue import ASSUME, MFA, PASSWORD, RECOVERY, GuardKind, NodeKind
from idgraph.errors import InputError, UnknownNameError, did_you_mean


class Subject(StrEnum):
    """What a method can be used on."""

    PERSON = "an account a person signs in with"
    NHI = "a non-human identity"
    DIRECTORY = "a directory"


@dataclass(frozen=True, slots=True, kw_only=True)
class Method:
    """A way to reset an identity, as an attacker uses it."""

    name: str
    words: str  # what was done
    gives: str  # completes "The attacker …"
    on: Mapping[Subject, tuple[str, ...]]  # with the platforms that have it, any when empty
    asks: tuple[GuardKind, ...] = ()  # guards on the identity that every path needs
    passes_own_factor: bool = False
    assumes: tuple[str, ...] = ()  # subjects of `assume:` guards
    passes: tuple[str, ...] = ()  # guard kinds passed with it by default
    only: Mapping[str, tuple[str, ...]] = field(default_factory=dict)  # kinds, by platform
    source: str

    def entry(self, identity: str) -> tuple[str, ...]:
        """Return the guards that every path from an identity asks for, sorted."""
        return tuple(sorted(kind.of(identity) for kind in self.asks))

    def own(self, identity: str) -> tuple[str, ...]:
        """Return the single guards that it passes on an identity."""
        return (MFA.of(identity),) if self.passes_own_factor else ()

    def assumptions(self) -> tuple[str, ...]:
        """Return what it takes to be so, as guards, sorted."""
        return tuple(sorted(ASSUME.of(each) for each in self.assumes))

    def fits(self, kind: NodeKind) -> bool:
        """Return whether it makes sense on a kind of node; what has no known kind, may be it.

        A node that an export only refers to is not known to be anything. Anything can be taken
        over, whatever was reset for it.
        """
        if not self.name:
            return True
        if kind.platform == "any":
            return not kind.synthetic
        if kind.platform in self.only:
            return kind.name in self.only[kind.platform]
        return any(
            subject in self.on and (not self.on[subject] or kind.platform in self.on[subject])
            for subject in _subjects(kind)
        )

    def needs(self) -> str:
        """Return what it can be used on, in words."""
        said = []
        for subject, platforms in self.on.items():
            others = [each for each in platforms if each not in self.only]
            if others or not platforms:
                said.append(subject.value + (f" on {' or '.join(others)}" if others else ""))
        narrowed = [(where, " or ".join(kinds) or "none") for where, kinds in self.only.items()]
        if not said:
            return " or ".join(f"{kinds} on {where}" for where, kinds in narrowed)
        told = "; ".join(f"on {where}: {kinds}" for where, kinds in narrowed)
        return " or ".join(said) + (f" ({told})" if told else "")

    def check(self, kind: NodeKind, identity: str) -> None:
        """Refuse an identity that cannot be reset so.

        Raises
        ------
        InputError
            The method makes no sense on this kind of node.
        """
        if self.fits(kind):
            return
        usable = [each.name for each in METHODS.values() if each.fits(kind)]
        raise InputError(
            f"reset {self.name}",
            f"needs {self.needs()}, and {identity} is of the kind {kind.name}",
            hint=f"Use {' or '.join(usable)}." if usable else "Leave out the reset method.",
        )


def _subjects(kind: NodeKind) -> Iterator[Subject]:
    if kind.is_person:
        yield Subject.PERSON
    if kind.is_nhi:
        yield Subject.NHI
    if kind.is_directory:
        yield Subject.DIRECTORY


_PEOPLE: Mapping[Subject, tuple[str, ...]] = {Subject.PERSON: ()}
_IAM_USER, _ROOT_USER, _SSO_USER = "AWSUser", "AWSRootUser", "AWSSSOUser"


def _on_aws(*kinds: str) -> Mapping[str, tuple[str, ...]]:
    """Return that of all kinds of AWS only these have a method."""
    return MappingProxyType({"aws": kinds})


_TAP = (
    "https://learn.microsoft.com/en-us/entra/identity/authentication/"
    "howto-authentication-temporary-access-pass"
)
_SSPR = "https://learn.microsoft.com/en-us/entra/identity/authentication/concept-sspr-howitworks"
_WHO_CAN_RESET = (
    "https://learn.microsoft.com/en-us/entra/identity/role-based-access-control/"
    "privileged-roles-permissions"
)
_METHODS_API = (
    "https://learn.microsoft.com/en-us/graph/api/resources/authenticationmethods-overview"
)
_FEDERATION = "https://learn.microsoft.com/en-us/graph/api/resources/internaldomainfederation"
_AWS_KEYS = "https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_access-keys.html"
_AWS_LOGIN = "https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_passwords_admin-change-user.html"

TAKEOVER = Method(
    name="",
    words="a full takeover",
    gives="is signed in as the identity, its own second factor passed",
    on={},
    passes_own_factor=True,
    source="the definition of a takeover in this project",
)

METHODS: Mapping[str, Method] = MappingProxyType(
    {
        method.name: method
        for method in (
            Method(
                name="password_admin",
                words="a password set by an administrator",
                gives="knows the new password, and has no second factor of the account",
                on=_PEOPLE,
                asks=(MFA,),
                only=_on_aws(_IAM_USER, _SSO_USER),
                source=_WHO_CAN_RESET,
            ),
            Method(
                name="password_sspr",
                words="a self-service password reset",
                gives="has set the password and controls the methods registered for the reset",
                on=_PEOPLE,
                passes_own_factor=True,
                assumes=("self_service_methods",),
                only=_on_aws(_ROOT_USER, _SSO_USER),
                source=_SSPR,
            ),
            Method(
                name="password_user",
                words="a password changed by the signed-in user",
                gives="holds a signed-in session, its second factor passed, and the password",
                on=_PEOPLE,
                passes_own_factor=True,
                source=_SSPR,
            ),
            Method(
                name="tap",
                words="a Temporary Access Pass",
                gives="signs in without password or further factor, and may register methods",
                on={Subject.PERSON: ("entra",)},
                passes_own_factor=True,
                assumes=("tap_policy",),
                source=_TAP,
            ),
            Method(
                name="mfa_reset",
                words="second factors taken off the account",
                gives="enrols a second factor at the next sign-in, which takes the password",
                on=_PEOPLE,
                asks=(PASSWORD,),
                passes_own_factor=True,
                source=_METHODS_API,
            ),
            Method(
                name="mfa_register",
                words="a second factor added to the account",
                gives="holds a second factor, and has yet to know the password",
                on=_PEOPLE,
                asks=(PASSWORD,),
                passes_own_factor=True,
                source=_METHODS_API,
            ),
            Method(
                name="recovery_contact_change",
                words="a changed phone or mail address for recovery",
                gives="controls a contact of the self-service reset, and has yet to complete it",
                on=_PEOPLE,
                asks=(RECOVERY, MFA),
                only=_on_aws(_ROOT_USER, _SSO_USER),
                source=_WHO_CAN_RESET,
            ),
            Method(
                name="secret_rotate",
                words="a new secret or certificate",
                gives="authenticates with the new credential, for which no second factor is asked",
                on={Subject.NHI: ()},
                only=_on_aws(),
                source="https://learn.microsoft.com/en-us/graph/api/application-addpassword",
            ),
            Method(
                name="key_create",
                words="a new access key",
                gives="authenticates with the new key, and has no second factor of the account",
                on={Subject.NHI: (), Subject.PERSON: ("aws",)},
                only=_on_aws(_IAM_USER, _ROOT_USER),
                source=_AWS_KEYS,
            ),
            Method(
                name="login_profile",
                words="a console password set or changed",
                gives="knows the console password, and has no second factor of the account",
                on={Subject.PERSON: ("aws",)},
                asks=(MFA,),
                only=_on_aws(_IAM_USER),
                source=_AWS_LOGIN,
            ),
            Method(
                name="federation_reset",
                words="a federation trust set anew",
                gives="signs assertions for accounts of the domain, second factor included",
                on={Subject.PERSON: (), Subject.DIRECTORY: ()},
                passes_own_factor=True,
                assumes=("federated_second_factor",),
                only=_on_aws(_SSO_USER),
                source=_FEDERATION,
            ),
        )
    }
)
"""By name, in the order in which they are listed."""


def method(name: str | None) -> Method:
    """Return a reset method by its name, a full takeover without one.

    Raises
    ------
    UnknownNameError
        There is no such method.
    """
    if not name:
        return TAKEOVER
    try:
        return METHODS[name]
    except KeyError:
        hint = did_you_mean(name, METHODS) or f"Choose from: {', '.join(METHODS)}."
        raise UnknownNameError(f"reset method {name!r}", "does not exist", hint=hint) from None
