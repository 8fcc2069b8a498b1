"""An Identity Center, an Entra tenant and the accounts of one company, small and by hand."""

from __future__ import annotations

from dataclasses import replace

from idgraph.derive import aws as aws_rules
from idgraph.derive import derive, entra, federation
from idgraph.derive.rules import Profile
from idgraph.snapshot import Coverage
from tests.idgraph.derive.aws.accounts import ONE, TWO, Account, short
from tests.idgraph.derive.build import edges, reachable
from tests.idgraph.derive.entra.tenant import T, Tenant

STORE = "d-9067aa1122"
INSTANCE = "ssoins-7223aabbccddeeff"
ISSUER = f"https://eu-west-1.signin.aws.amazon.com/platform/saml/{STORE}"
ADA, BOB = "aaaaaaaa-0000-0000-0000-000000000001", "bbbbbbbb-0000-0000-0000-000000000002"
ADMINS = "cccccccc-0000-0000-0000-000000000003"
OTHER = "22222222-2222-2222-2222-222222222222"
ALL = {"Effect": "Allow", "Action": "*", "Resource": "*"}
DIRECTORY = ("AZServicePrincipal", "AZAppRoleAssignment", "AZGroupMember")
PROFILE = Profile(
    name="crossing",
    about="Entra, AWS and what is between them.",
    rules=(*entra.RULES, *aws_rules.RULES, *federation.RULES),
)


def set_arn(name):
    return f"arn:aws:sso:::permissionSet/{INSTANCE}/ps-{name}"


def role_name(permission_set, suffix="0123456789abcdef"):
    return f"AWSReservedSSO_{permission_set}_{suffix}"


def trusts_saml(provider, **conditions):
    asked = {"SAML:aud": "https://signin.aws.amazon.com/saml"} | conditions
    return {
        "Effect": "Allow",
        "Principal": {"Federated": provider},
        "Action": ["sts:AssumeRoleWithSAML", "sts:TagSession"],
        "Condition": {"StringEquals": asked},
    }


class Company:
    """One build that all three share; what is not said is what the platforms set by default."""

    def __init__(self):
        self.build = Tenant().node("EntraTenant", T).roles("APPLICATION_ADMIN").settled()
        self.coverage = []
        self.accounts = {}

    # Entra

    def person(self, who, upn, tenant=T, **more):
        self.build.user(who, tenant=tenant, upn=upn, **more)
        return self

    def application(self, name="center", *, identifier=ISSUER, required=True, **more):
        tenant = more.get("tenant_id", T)
        self.build.node(
            "EntraServicePrincipal",
            f"sp-{name}",
            **{
                "tenant_id": tenant,
                "app_owner_organization_id": tenant,
                "app_id": f"client-{name}",
                "account_enabled": True,
                "identifiers": (identifier,) if identifier else (f"client-{name}",),
                "assignment_required": required,
                "app_role_count": 2,
                **more,
            },
        )
        return self

    def assign(self, who, name="center", app_role="default"):
        self.build.edge("HAS_APP_ROLE", who, f"sp-{name}", key=app_role, app_role_id=app_role)
        return self

    def whole(self, *records, source=f"azurehound:{T}"):
        some = records or DIRECTORY
        self.coverage += [Coverage(source, each, 9, complete=True, about="") for each in some]
        return self

    # Identity Center

    def sso_user(self, who, name, *, external="", store=STORE, **more):
        more |= {"external_id": external} if external else {}
        self.build.node("AWSSSOUser", who, name, user_name=name, identity_store=store, **more)
        return self

    def sso_group(self, group, *members, external="", name=""):
        more = {"external_id": external} if external else {}
        self.build.node("AWSSSOGroup", group, name or group, identity_store=STORE, **more)
        for each in members:
            self.build.edge("IN_GROUP", each, group)
        return self

    def permission_set(self, name, *statements):
        self.build.node("AWSPermissionSet", set_arn(name), name)
        if statements:
            Account(self.ANY, self.build)._own(set_arn(name), statements)
        return self

    def assigned(self, who, name, account=ONE):
        self.build.edge("ASSIGNED", who, set_arn(name), key=account, account_id=account)
        return self

    # AWS

    ANY = TWO

    def account(self, number=ONE):
        if number not in self.accounts:
            self.accounts[number] = Account(number, self.build)
        return self.accounts[number]

    def reserved(self, permission_set, *statements, account=ONE, suffix="0123456789abcdef"):
        made = self.account(account)
        name = f"aws-reserved/sso.amazonaws.com/eu-west-1/{role_name(permission_set, suffix)}"
        provider = made.arn("saml-provider", "AWSSSO_0011223344556677_DO_NOT_DELETE")
        return made.role(name, *(statements or (ALL,)), trust=trusts_saml(provider))

    # Answers

    def derive(self):
        snapshot = replace(self.build.snapshot(), coverage=tuple(self.coverage))
        return derive(snapshot, PROFILE)

    def edges(self, *kinds):
        return {(k, short(s), short(t), g) for k, s, t, g in edges(self.derive(), *kinds)}

    def pairs(self, kind):
        return {(source, target) for _, source, target, _ in self.edges(kind)}

    def guards(self, kind):
        return {(source, target): guards for _, source, target, guards in self.edges(kind)}

    def reach(self, start, passes=("assume",)):
        return {short(each) for each in reachable(self.derive(), start, passes)}
