"""Whether a statement speaks of a request, its effect and its principal apart."""

from __future__ import annotations

from idgraph.derive.aws.policy.conditions import holds
from idgraph.derive.aws.policy.documents import Statement
from idgraph.derive.aws.policy.patterns import any_match, resource_glob
from idgraph.derive.aws.policy.requests import Request
from idgraph.derive.aws.policy.truth import NO, YES, Truth, all_of, unknown


def names_resource(statement: Statement, request: Request) -> Truth:
    """Return whether Resource takes in the request's, or NotResource leaves it in.

    A resource policy without the element speaks of the resource that it is attached to.
    """
    if not statement.resources:
        return YES
    value = request.context.value if statement.variables else None
    listed = any_match(statement.resources, request.resource, test=resource_glob, value=value)
    if not statement.but_resources:
        return listed
    if listed.yes or listed.no:
        return NO if listed.yes else YES
    return unknown(*listed.needs)


def applies(statement: Statement, request: Request) -> Truth:
    """Return whether a statement matches a request's action, resource and conditions."""
    if not statement.names(request.action):
        return NO
    resource = names_resource(statement, request)
    if resource.no:
        return NO
    return all_of(
        (
            resource,
            *(
                holds(each, request.context, variables=statement.variables)
                for each in statement.conditions
            ),
        )
    )
