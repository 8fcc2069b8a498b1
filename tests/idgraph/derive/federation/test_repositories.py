"""Which repositories have which tokens, after the examples of GitHub's and Microsoft's pages."""

from __future__ import annotations

import pytest

from idgraph.derive.federation.told import subject_in_words
from idgraph.vocabulary.federation import repository_in, repository_named
from tests.idgraph.derive.build import Build, edges, reachable
from tests.idgraph.derive.federation.tokens import AUDIENCE, EKS, GITHUB, World, provider, trust

ENTRA = f"https://{GITHUB}"


@pytest.mark.parametrize(
    ("subject", "repository"),
    [  # GitHub Docs, "OpenID Connect reference": example subject claims
        ("repo:octo-org/octo-repo:environment:Production", "octo-org/octo-repo"),
        ("repo:octo-org/octo-repo:pull_request", "octo-org/octo-repo"),
        ("repo:octo-org/octo-repo:ref:refs/heads/demo-branch", "octo-org/octo-repo"),
        ("repo:octo-org/octo-repo:ref:refs/tags/demo-tag", "octo-org/octo-repo"),
        ("repo:octo-org@123456/octo-repo@456789:ref:refs/heads/main", "octo-org/octo-repo"),
        ("repo:octo-org@*/octo-repo@*:*", "octo-org/octo-repo"),
        ("repo:octo-org/octo-repo:*", "octo-org/octo-repo"),
        ("repository:octo-org/octo-repo:job_workflow_ref:x", "octo-org/octo-repo"),
        (
            "job_workflow_ref:octo-org/octo-automation/.github/workflows/oidc.yml@refs/heads/main",
            "octo-org/octo-automation",
        ),
        ("repo:octo-org/*", ""),
        ("repo:octo-org/octo-*:*", ""),
        ("repo:octo-org/octo-repo*", ""),  # octo-repo and octo-repository alike
        ("repository_owner:octo-org:repository_visibility:private", ""),
        ("*", ""),
        ("", ""),
        ("repo:", ""),
        ("repo:a/b/c:x", ""),
        ("repo:-a/b:x", ""),
    ],
)
def test_a_subject_names_one_repository_or_none(subject, repository):
    assert repository_in(subject) == repository


@pytest.mark.parametrize(
    ("text", "repository"),
    [
        ("octo-org/octo-repo", "octo-org/octo-repo"),
        ("https://github.com/octo-org/octo-repo", "octo-org/octo-repo"),
        ("http://www.github.com/octo-org/octo-repo.git", "octo-org/octo-repo"),
        ("ssh://git@github.com/octo-org/octo-repo", "octo-org/octo-repo"),
        ("git@github.com:octo-org/octo-repo.git", "octo-org/octo-repo"),
        ("https://gitlab.com/octo-org/octo-repo", ""),
        ("https://github.com.evil.example/a/b", ""),
        ("octo org/octo-repo", ""),
        ("a/..", ""),
        ("a/.", ""),
    ],
)
def test_a_text_names_a_repository_by_itself_or_by_its_address(text, repository):
    assert repository_named(text) == repository


def known(*names):
    """Return a world with a role for each of some repositories."""
    world = World()
    for name in names:
        sub = f"repo:{name}:environment:own"
        world.role(name.replace("/", "-"), trust=trust(StringEquals={"sub": sub}))
    return world


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ("repo:octo-org/*", {"octo-org/app", "octo-org/api"}),
        ("repo:octo-org*", {"octo-org/app", "octo-org/api", "octo-organic/app"}),
        # What follows its name, a writer of any repository chooses: an environment `x/app:y`, say.
        ("repo:*/app:*", {"octo-org/app", "octo-org/api", "octo-organic/app"}),
        ("repo:octo-org/a?i:*", {"octo-org/api"}),
        ("repo:Octo-Org/*", {"octo-org/app", "octo-org/api"}),  # how GitHub spells it is not known
        ("repo:octo-org@1/*", {"octo-org/app", "octo-org/api"}),
        ("repo:octo-org@*/app@*:environment:*", {"octo-org/app"}),
        ("repository_owner:octo-org:*", {"octo-org/app", "octo-org/api"}),
        ("*", {"octo-org/app", "octo-org/api", "octo-organic/app"}),
        ("repo:nobody/*", set()),
    ],
)
def test_a_pattern_covers_every_known_repository_that_fits(pattern, expected):
    world = known("octo-org/app", "octo-org/api", "octo-organic/app")
    world.role("wide", trust=trust(StringLike={"sub": pattern}))
    assert {name for name, subject in world.tokens() if subject == pattern} == expected


def test_anybody_at_github_is_every_known_repository():
    world = known("octo-org/app", "another/app")
    world.role("open", trust=trust())
    assert {name for name, subject in world.tokens() if subject == "*"} == {
        "octo-org/app",
        "another/app",
    }
    assert world.rests_on("another/app", "*") == {()}


@pytest.mark.parametrize(
    ("rest", "expected"),
    [
        ("environment:Production", ("github_environment", "github_subject_form")),
        ("ref:refs/heads/main", ("github_branch", "github_subject_form")),
        ("ref:refs/heads/release/*", ("github_branch", "github_subject_form")),
        ("ref:refs/tags/v1", ("github_branch", "github_subject_form")),
        # A writer has a branch, a tag, an environment and a pull request of its own.
        ("ref:refs/heads/*", ("github_subject_form",)),
        ("ref:refs/tags/*", ("github_subject_form",)),
        ("ref:*", ("github_subject_form",)),
        ("environment:*", ("github_subject_form",)),
        ("pull_request", ("github_subject_form",)),
        ("*", ("github_subject_form",)),
    ],
)
def test_what_could_keep_a_writer_from_a_token_is_told(rest, expected):
    subject = f"repo:octo-org/octo-repo:{rest}"
    world = World(trust(StringLike={"sub": subject}))
    assert world.rests_on("octo-org/octo-repo", subject) == {expected}


CALLED = "job_workflow_ref:octo-org/shared/.github/workflows/w.yml@refs/heads/main"


@pytest.mark.parametrize("caller", ["repo:octo-org/app", "repository:octo-org/app"])
def test_whoever_writes_a_reusable_workflow_has_the_tokens_of_its_callers(caller):
    # GitHub Docs, "Using OpenID Connect with reusable workflows".
    subject = f"{caller}:{CALLED}"
    world = World(trust(StringLike={"sub": subject}))
    assert {name for name, _ in world.tokens()} == {"octo-org/app", "octo-org/shared"}
    assert world.rests_on("octo-org/shared", subject) == {("github_branch", "github_subject_form")}
    found = {tuple(sorted(each)) for each in world.rests_on("octo-org/app", subject)}
    assert found == {("github_reusable_workflow", "github_subject_form")}


def test_a_reusable_workflow_of_any_branch_is_written_on_a_branch_of_ones_own():
    subject = f"repo:octo-org/*:{CALLED.replace('refs/heads/main', '*')}"
    world = known("octo-org/app", "another/app")
    world.role("wide", trust=trust(StringLike={"sub": subject}))
    assert {name for name, each in world.tokens() if each == subject} == {
        "octo-org/app",
        "octo-org/shared",
    }
    assert world.rests_on("octo-org/shared", subject) == {("github_subject_form",)}


def test_whoever_writes_a_reusable_workflow_and_calls_it_needs_no_other():
    subject = f"repo:octo-org/shared:{CALLED}"
    world = World(trust(StringLike={"sub": subject}))
    assert world.rests_on("octo-org/shared", subject) == {("github_branch", "github_subject_form")}


def test_which_repositories_an_enterprise_has_is_not_known():
    issuer = f"{GITHUB}/octo-enterprise"
    world = World(trust(issuer), issuer=issuer)
    world.build.node("AWSOIDCProvider", provider(), GITHUB, audiences=(AUDIENCE,))
    world.role("named", trust=trust(StringEquals={"sub": "repo:another/app:pull_request"}))
    assert world.rests_on("another/app", "*") == {("github_subject_form",)}


def test_a_subject_of_another_issuer_belongs_to_no_repository():
    world = World(trust(EKS, StringEquals={"sub": "repo:o/r:environment:p"}), issuer=EKS)
    world.role("open", trust=trust())
    world.listed = False
    assert world.tokens() == set()


# Entra.


def credential(build=None, at="fic", **said):
    build = build or Build()
    said = {"issuer": ENTRA, "audiences": ("api://AzureADTokenExchange",)} | said
    build.node("EntraFederatedCredential", at, "deploy", **said)
    build.node("EntraApp", "app", app_id="client").edge("AUTHENTICATES_AS", at, "app", at)
    return build.node("EntraServicePrincipal", "sp", app_id="client")


def presented(build):
    found = edges(build.derive(), "PRESENTS_TOKENS_TO")
    return {(source.removeprefix("github:"), target, guards) for _, source, target, guards in found}


@pytest.mark.parametrize(
    ("rest", "assumed"),
    [
        ("environment:production", ("assume:github_environment",)),
        ("ref:refs/heads/main", ("assume:github_branch",)),
        ("pull_request", ()),
    ],
)
def test_a_repository_presents_its_tokens_to_the_credential_that_names_it(rest, assumed):
    build = credential(subject=f"repo:Northlight/platform-deploy:{rest}")
    guards = (*assumed, "assume:github_subject_form")
    assert presented(build) == {("northlight/platform-deploy", "fic", guards)}
    start = "github:northlight/platform-deploy"
    assert {"fic", "app", "sp"} <= reachable(build.derive(), start)


@pytest.mark.parametrize(
    "said",
    [
        {"subject": "repo:o/*"},  # a plain credential has no wildcards: no token is like this
        {"subject": "repo:o/r:*"},
        {"subject": "repo:o/r:pull_request", "issuer": "https://gitlab.com"},
        {"subject": "repo:o/r:pull_request", "issuer": f"https://x.example/{GITHUB}"},
        {"subject": "repo:o/r:pull_request", "issuer": f"{ENTRA}.evil.example"},
        {"subject": "repo:o/r:pull_request", "issuer": f"{ENTRA}/"},  # compared letter by letter
        {"subject": "system:serviceaccount:a:b"},
    ],
)
def test_a_credential_for_other_tokens_takes_none_of_a_repository(said):
    assert presented(credential(**said)) == set()


ON_A_BRANCH = "claims['sub'] matches 'repo:contoso/contoso-repo:ref:refs/heads/*'"
BY_A_WORKFLOW = "claims['job_workflow_ref'] matches 'contoso/prod/.github/workflows/*.yml@*'"


@pytest.mark.parametrize(
    ("expression", "guards"),
    [  # Microsoft Learn, "Flexible federated identity credentials"
        (ON_A_BRANCH, ()),
        (f"{ON_A_BRANCH} and {BY_A_WORKFLOW}", (f"condition:{BY_A_WORKFLOW}",)),
    ],
)
def test_a_flexible_credential_names_a_pattern_and_perhaps_conditions(expression, guards):
    build = credential(claims_expression=expression)
    expected = ("assume:github_subject_form", *guards)
    assert presented(build) == {("contoso/contoso-repo", "fic", expected)}


@pytest.mark.parametrize(
    "expression",
    [
        "",
        "claims['sub'] startsWith 'repo:o/'",
        "x or y",
        f"{ON_A_BRANCH} and {ON_A_BRANCH}",
        f"{ON_A_BRANCH} or {BY_A_WORKFLOW}",
    ],
)
def test_an_expression_that_is_not_understood_is_a_condition_for_every_known_repository(expression):
    build = credential(claims_expression=expression)
    build.node("AzureKeyVaultSecret", "https://v/secrets/s", opens_repository="o/r")
    ((repository, target, guards),) = presented(build)
    assert (repository, target) == ("o/r", "fic")
    assert [each.partition(":")[0] for each in guards] == ["condition"]


# The same repository everywhere.


def test_a_repository_is_one_node_whoever_names_it():
    world = World(trust(StringEquals={"sub": "repo:Northlight/Deploy:environment:production"}))
    credential(world.build, subject="repo:northlight/deploy:environment:production")
    world.build.node(
        "AzureKeyVaultSecret", "https://v/secrets/s", opens_repository="NORTHLIGHT/deploy"
    )
    graph = world.derived().graph
    assert [each for each in graph.ids if each.startswith("github:")] == [
        "github:northlight/deploy"
    ]
    role = world.arn("role", "deploy")
    assert {role, "fic", "sp"} <= reachable(world.derived(), "https://v/secrets/s")


def test_a_repository_that_somebody_described_keeps_its_own_name():
    world = World(trust(StringEquals={"sub": "repo:o/r:environment:p"}))
    world.build.node("GitHubRepository", "github:o/r", "The Real Name")
    graph = world.derived().graph
    assert graph.names[graph.position("github:o/r")] == "The Real Name"


@pytest.mark.parametrize(
    ("issuer", "subject", "words"),
    [
        (GITHUB, "*", "anybody at GitHub Actions"),
        (
            GITHUB,
            "repo:o/r:environment:production",
            "o/r (environment production) at GitHub Actions",
        ),
        (GITHUB, "repo:o/r:ref:refs/heads/main", "o/r (branch main) at GitHub Actions"),
        (GITHUB, "repo:o/r:ref:refs/tags/v*", "o/r (tag v*) at GitHub Actions"),
        (GITHUB, "repo:o/r:pull_request", "o/r (pull requests) at GitHub Actions"),
        (GITHUB, "repo:o/r:*", "o/r (any workflow) at GitHub Actions"),
        (GITHUB, "repo:o/*", "any repository of o at GitHub Actions"),
        (f"{GITHUB}/octo-enterprise", "x", "x at GitHub Actions"),
        (
            "gitlab.com",
            "project_path:mygroup/myproject:ref_type:branch:ref:main",
            "mygroup/myproject (branch main) at GitLab CI",
        ),
        (
            "app.terraform.io",
            "organization:o:project:p:workspace:w:run_phase:apply",
            "workspace o/p/w (phase apply) at HCP Terraform",
        ),
        ("https://idp.example/", "somebody", "somebody at idp.example"),
    ],
)
def test_a_subject_has_a_name_that_people_can_read(issuer, subject, words):
    assert subject_in_words(issuer, subject) == words
