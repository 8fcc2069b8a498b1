"""What rules take to be so where no export says: each could only remove a step."""

from __future__ import annotations

ASSUMPTIONS = {
    "aks_azure_rbac": "the cluster asks Azure for Kubernetes rights",
    "aks_local_accounts": "the cluster accepts its local administrator account",
    "app_assignment": "the user is assigned to the application, or may use it without",
    "app_home_tenant": "the application is registered in this tenant",
    "app_instance_lock": "no app instance lock keeps credentials off the service principal",
    "app_only_password_reset": "an application alone may set passwords",
    "app_single_directory": "the application's credentials may be changed in this directory",
    "device_managed": "the device is managed by Intune",
    "elevate_access_by_service_principal": "a service principal may elevate its access in Azure",
    "direct_member": "the member is a direct one: groups within the group do not count",
    "eligible_role_protection": "a role the account is only eligible for does not protect it",
    "entra_login": "the machine accepts sign-ins with Entra accounts",
    "federated_second_factor": "the directory accepts the second factor that the federated "
    "sign-in claims",
    "github_branch": "no rule keeps whoever can write to the repository off that branch or tag",
    "github_environment": "no protection rule of the environment stops the job",
    "github_reusable_workflow": "the reusable workflow does what the repository that calls it asks",
    "github_subject_form": "tokens of the repository have subjects of the form that is trusted",
    "group_provisioning": "provisioning writes the group's members into the one of the same name",
    "group_not_role_assignable": "the group cannot be assigned directory roles",
    "guest_owner_access": "a guest may use what it owns",
    "identity_center_tenant": "the Identity Center signs its users in through this tenant",
    "kms_key_policy": "the policy of the key leaves the decision to the account's own policies",
    "oidc_provider": "the account has the identity provider, with an audience that the trust "
    "policy asks for",
    "owner_app_permission": "an application may change what it owns",
    "password_writeback": "password writeback is on for accounts that come from on premises",
    "permission_set_role": "the role is the one that the permission set has in the account",
    "repository_token": "the secret is a token that may write to the repository that its tag names",
    "resource_control_policies": "the resource control policies that were not loaded allow it",
    "reset_without_approval": "the reset path asks for no approval",
    "restricted_management_unit": "no restricted management unit protects the object",
    "role_assignment_condition": "no condition narrows the right to assign roles",
    "saml_provider_tenant": "the SAML provider is there and was given this application's metadata",
    "secret_enabled": "somebody enables the disabled secret again",
    "secret_tag": "the secret holds the credential that its tag names",
    "self_service_methods": "the methods of the self-service reset also serve as second factors",
    "service_principal_enabled": "somebody enables the disabled service principal again",
    "service_control_policies": "the service control policies that were not loaded allow it",
    "shared_key_access": "the storage account accepts its keys",
    "tap_policy": "the account may use a Temporary Access Pass",
}
"""By the subject of an `assume:` guard."""


def assumption_words(guard: str) -> str:
    """Return what is taken to be so, as a clause: "the storage account accepts its keys"."""
    fact = guard.partition(":")[2]
    return ASSUMPTIONS.get(fact, fact.replace("_", " "))
