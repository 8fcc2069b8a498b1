"""Who replaces the metadata of a SAML provider, and so signs assertions for the roles behind it."""

from __future__ import annotations

from collections import defaultdict

from idgraph.catalogue import CONDITION, EdgeKind, Flow
from idgraph.derive.aws.estate import survey
from idgraph.derive.aws.granted import Granted
from idgraph.derive.aws.grants import may, may_at_all, of_arns
from idgraph.derive.aws.guards import guards_of
from idgraph.derive.aws.joining import everyone
from idgraph.derive.aws.links import Head
from idgraph.derive.aws.methods import BY_ID
from idgraph.derive.aws.policy import (
    Asker,
    Caller,
    Condition,
    Effect,
    Policies,
    Request,
    decide,
)
from idgraph.derive.aws.trust import Trust, trusts
from idgraph.derive.rules import Findings, Rule
from idgraph.snapshot import Snapshot
from idgraph.vocabulary import aws
from idgraph.vocabulary.common import HUB, between

CAN_FORGE_SAML = EdgeKind(
    name="CAN_FORGE_SAML",
    reads="can sign assertions for",
    ends=(*between((aws.USER, aws.ROLE), (aws.ROLE, HUB)), *between((HUB,), (aws.ROLE,))),
    flow=Flow.CONTROL,
    derived=True,
    allows="Give the provider a signing certificate of one's own, then take on the role with an "
    "assertion of one's own making, as whomever it names.",
    verify="The statement named, for iam:UpdateSAMLProvider on the provider; `aws iam "
    "get-saml-provider` for the metadata as it stands.",
    remove="Take iam:UpdateSAMLProvider away or narrow its Resource; compare the metadata with "
    "that of the identity provider.",
    logged="CloudTrail: UpdateSAMLProvider, then AssumeRoleWithSAML.",
    frameworks=("ATT&CK:T1606.002", "ATT&CK:T1484.002", "NIST-CSF:PR.AA-05", "CSA-CCM:IAM-05"),
    source="IAM API Reference: UpdateSAMLProvider; IAM User Guide: Create a role for SAML 2.0 "
    "federation",
    misses="That signing certificates may be added to a provider by other names.",
)
_METHOD = BY_ID["saml-metadata"]
_OF_CENTER = ":saml-provider/AWSSSO_"
_PROTECTED = CONDITION.of("IAM lets the provider of IAM Identity Center be changed")


def _find(snapshot: Snapshot, findings: Findings) -> None:
    estate = survey(snapshot)
    trust = trusts(snapshot)
    granted = Granted(estate, findings, CAN_FORGE_SAML, "roles")
    heads = _behind(trust)
    for account in estate.accounts:
        providers = tuple(sorted(arn for arn in heads if arn.split(":")[4:5] == [account]))
        targets = of_arns(providers)
        for principal in everyone(snapshot) if providers else ():
            if principal.account != account or not may_at_all(principal, _METHOD.actions[0]):
                continue
            for grant in may(principal, _METHOD.actions[0], targets):
                some = [head for at in grant.at.tolist() for head in heads[providers[at]]]
                granted.add(principal, grant.way, some, by=(_METHOD,))
    granted.close()


def _behind(trust: Trust) -> dict[str, list[Head]]:
    """Return the roles that take assertions of each provider, by its ARN.

    What the trust policy asks of an assertion (`saml:…`) is the forger's to write into it.
    """
    found: dict[str, list[Head]] = defaultdict(list)
    estate = trust.estate
    for role, layer in trust.layers.items():
        account = estate.account_of.get(role, "")
        named = (
            name
            for each in layer.statements()
            if each.effect is Effect.ALLOW
            for kind, name in each.principals or ()
            if kind == "Federated" and ":saml-provider/" in name
        )
        for provider in dict.fromkeys(named):
            asker = Asker(provider, "", Caller.FEDERATED)
            known = estate.of_things_in(account)
            request = Request("sts:AssumeRoleWithSAML", estate.arn(role), asker, account, known)
            rcps = estate.resource_controls(account)
            policies = Policies(resource=layer, resource_decides=True, rcps=rcps)
            for way in decide(request, policies).ways:
                asked = [each for each in way.needs if not _of_assertion(each)]
                guards = {*guards_of(asked, "whoever signs in")}
                guards |= {_PROTECTED} if _OF_CENTER in provider else set()
                head = Head(role, tuple(sorted(guards)), tuple(estate.rows(way.statements)))
                found[provider].append(head)
    return found


def _of_assertion(need: object) -> bool:
    return isinstance(need, Condition) and need.key.lower().startswith("saml:")


RULE = Rule(name="aws saml metadata", kinds=(CAN_FORGE_SAML,), find=_find, nodes=(HUB,))
