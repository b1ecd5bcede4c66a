//! For what a secret is encrypted: the query of a call, and the prefix that a ciphertext gets by it.

use crate::provider::Provider;
use crate::service_error::ServiceError;
use crate::storage::Parameters;

/// Whom a ciphertext is good for. What is absent is any.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Scope<'a> {
    pub(super) component: Option<&'a str>,
    pub(super) project: Option<&'a str>,
    pub(super) configuration: Option<&'a str>,
    pub(super) branch_type: Option<&'a str>,
}

/// A kind of ciphertext, without what the cloud adds to its name.
struct Kind {
    name: &'static str,
    component: bool,
    project: bool,
    configuration: bool,
    branch_type: bool,
}

const fn kind(
    name: &'static str,
    [component, project, configuration, branch_type]: [bool; 4],
) -> Kind {
    Kind {
        name,
        component,
        project,
        configuration,
        branch_type,
    }
}

const KINDS: [Kind; 7] = [
    kind("ComponentSecure", [true, false, false, false]),
    kind("ProjectSecure", [true, true, false, false]),
    kind("ConfigSecure", [true, true, true, false]),
    kind("ProjectWideSecure", [false, true, false, false]),
    kind("BranchTypeSecure", [true, true, false, true]),
    kind("BranchTypeConfigSecure", [true, true, true, true]),
    kind("ProjectWideBranchTypeSecure", [false, true, false, true]),
];

/// What a cloud adds to the name of a kind.
fn suffix(provider: Provider) -> &'static str {
    match provider {
        Provider::Aws => "",
        Provider::Azure => "KV",
        Provider::Gcp => "GKMS",
    }
}

impl<'a> Scope<'a> {
    /// From the query of a call.
    pub(super) fn read(query: &'a Parameters) -> Result<Self, ServiceError> {
        const KNOWN: [&str; 4] = ["componentId", "projectId", "configId", "branchType"];
        if let Some(name) = query.names().find(|name| !KNOWN.contains(name)) {
            // The real service would pass over it, and give a ciphertext of another kind than meant.
            let text = format!("The dev stack knows no parameter \"{name}\" of encrypt.");
            return Err(ServiceError::invalid(text));
        }
        let text = |name| {
            let value = query.get(name).and_then(|value| value.as_str());
            value.filter(|value| !value.is_empty())
        };
        let scope = Self {
            component: text("componentId"),
            project: text("projectId"),
            configuration: text("configId"),
            branch_type: text("branchType"),
        };
        let refusal = match scope {
            Self {
                configuration: Some(_),
                project: None,
                ..
            } => "The configId parameter must be used together with projectId.",
            Self {
                branch_type: Some(_),
                project: None,
                ..
            } => "The branchType parameter must be used together with projectId.",
            Self {
                branch_type: Some(kind),
                ..
            } if kind != "default" && kind != "dev" => {
                "The branchType parameter must be \"default\" or \"dev\"."
            }
            _ if scope.kind().is_none() => "The componentId parameter is missing, or projectId is.",
            _ => return Ok(scope),
        };
        Err(ServiceError::invalid(refusal))
    }

    fn kind(&self) -> Option<&'static Kind> {
        KINDS.iter().find(|kind| {
            kind.component == self.component.is_some()
                && kind.project == self.project.is_some()
                && kind.configuration == self.configuration.is_some()
                && kind.branch_type == self.branch_type.is_some()
        })
    }

    /// What its ciphertexts begin with on this cloud: `KBC::ProjectSecureKV::`.
    pub(super) fn prefix(&self, provider: Provider) -> Option<String> {
        let name = self.kind()?.name;
        Some(format!("KBC::{name}{}::", suffix(provider)))
    }

    /// All that can read a ciphertext with this prefix when they are `self`; two of a kind that
    /// depends on the branch.
    pub(super) fn of_prefix(self, prefix: &str, provider: Provider) -> Vec<Self> {
        let wanted = |kind: &&Kind| prefix == format!("KBC::{}{}::", kind.name, suffix(provider));
        let Some(kind) = KINDS.iter().find(wanted) else {
            return Vec::new();
        };
        let branches: &[Option<&str>] = match kind.branch_type {
            true => &[Some("default"), Some("dev")],
            false => &[None],
        };
        let of_branch = |branch_type: &Option<&'static str>| Self {
            component: self.component.filter(|_| kind.component),
            project: self.project.filter(|_| kind.project),
            configuration: self.configuration.filter(|_| kind.configuration),
            branch_type: *branch_type,
        };
        branches.iter().map(of_branch).collect()
    }

    /// What a ciphertext is bound to, as bytes that no other scope has.
    pub(super) fn bound_to(&self, stack: &str) -> Vec<u8> {
        let parts = [
            Some(stack),
            self.component,
            self.project,
            self.configuration,
            self.branch_type,
        ];
        serde_json::to_vec(&parts).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_and_cloud_say_the_prefix() {
        for (query, aws, azure, gcp) in [
            (
                "componentId=c",
                "KBC::ComponentSecure::",
                "KBC::ComponentSecureKV::",
                "KBC::ComponentSecureGKMS::",
            ),
            (
                "componentId=c&projectId=1",
                "KBC::ProjectSecure::",
                "KBC::ProjectSecureKV::",
                "KBC::ProjectSecureGKMS::",
            ),
            (
                "componentId=c&projectId=1&configId=9",
                "KBC::ConfigSecure::",
                "KBC::ConfigSecureKV::",
                "KBC::ConfigSecureGKMS::",
            ),
            (
                "projectId=1",
                "KBC::ProjectWideSecure::",
                "KBC::ProjectWideSecureKV::",
                "KBC::ProjectWideSecureGKMS::",
            ),
            (
                "componentId=c&projectId=1&branchType=dev",
                "KBC::BranchTypeSecure::",
                "KBC::BranchTypeSecureKV::",
                "KBC::BranchTypeSecureGKMS::",
            ),
            (
                "componentId=c&projectId=1&configId=9&branchType=default",
                "KBC::BranchTypeConfigSecure::",
                "KBC::BranchTypeConfigSecureKV::",
                "KBC::BranchTypeConfigSecureGKMS::",
            ),
            (
                "projectId=1&branchType=dev",
                "KBC::ProjectWideBranchTypeSecure::",
                "KBC::ProjectWideBranchTypeSecureKV::",
                "KBC::ProjectWideBranchTypeSecureGKMS::",
            ),
        ] {
            let query = Parameters::from_query(query);
            let scope = Scope::read(&query).unwrap();
            for (cloud, prefix) in [
                (Provider::Aws, aws),
                (Provider::Azure, azure),
                (Provider::Gcp, gcp),
            ] {
                assert_eq!(scope.prefix(cloud).as_deref(), Some(prefix));
            }
        }
    }

    #[test]
    fn what_says_nothing_of_a_project_cannot_name_one_of_its_configurations() {
        for query in [
            "",
            "componentId=",
            "componentId=c&configId=9",
            "configId=9",
            "componentId=c&branchType=dev",
            "projectId=1&configId=9",
            "componentId=c&projectId=1&branchType=other",
            "componentId=c&projectID=1",
        ] {
            let query = Parameters::from_query(query);
            assert!(Scope::read(&query).is_err(), "{query:?}");
        }
    }
}
