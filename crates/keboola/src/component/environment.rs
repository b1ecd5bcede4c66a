//! The environment of a component's process (reference §8.3).

use std::collections::BTreeMap;

use crate::page::StackHost;
use crate::read_component_flags::ComponentFlags;
use crate::read_configuration::Configuration;
use crate::verify_token::TokenInfo;

/// What the environment is made of.
#[derive(Clone, Copy, Debug)]
pub struct RunContext<'a> {
    /// The run's id.
    pub run: &'a str,
    /// The stack.
    pub stack: &'a StackHost,
    /// The development branch; `None` is the default branch.
    pub branch: Option<&'a str>,
    /// Id of the component.
    pub component: &'a str,
    /// The component's switches.
    pub flags: &'a ComponentFlags,
    /// The configuration.
    pub configuration: &'a Configuration,
    /// The configuration's own wish for the types of its output, which goes before the
    /// component's.
    pub data_type_support: Option<&'a str>,
    /// Who the token is.
    pub token: &'a TokenInfo,
}

/// The `KBC_*` variables of the script.
///
/// One is never there: `KBC_TOKEN`, which a job of a component with `forward_token` gets. Code in
/// a sandbox is not trusted with a Storage token. `KBC_URL`, which comes with it, is there.
#[must_use]
pub fn environment(context: &RunContext<'_>) -> BTreeMap<String, String> {
    let RunContext {
        token,
        flags,
        configuration,
        ..
    } = context;
    let mut variables = BTreeMap::new();
    let mut set = |name: &str, value: &str| variables.insert(name.to_owned(), value.to_owned());
    set("KBC_RUNID", context.run);
    set("KBC_PROJECTID", &token.project);
    set("KBC_DATADIR", "/data/");
    set("KBC_CONFIGID", &configuration.id);
    set("KBC_CONFIGVERSION", &configuration.version.to_string());
    set("KBC_COMPONENTID", context.component);
    set("KBC_STACKID", context.stack.as_str());
    if let Some(provider) = &token.file_storage_provider {
        set("KBC_STAGING_FILE_PROVIDER", provider);
    }
    set("KBC_PROJECT_FEATURE_GATES", &token.features.join(","));
    set("KBC_COMPONENT_RUN_MODE", "run");
    if let Some(branch) = context.branch {
        set("KBC_BRANCHID", branch);
    }
    if token
        .features
        .iter()
        .any(|feature| feature == "new-native-types")
    {
        let component = flags.data_types_support.as_deref();
        let support = context.data_type_support.or(component).unwrap_or("none");
        set("KBC_DATA_TYPE_SUPPORT", support);
    }
    if flags.forward_token {
        set("KBC_URL", &format!("https://{}", context.stack.as_str()));
    }
    if flags.forward_token_details {
        set("KBC_PROJECTNAME", &token.project_name);
        set("KBC_TOKENID", &token.id);
        set("KBC_TOKENDESC", &token.description);
        if let Some(user) = &token.real_user {
            set("KBC_REALUSER", user);
        }
    }
    variables
}

#[cfg(test)]
mod tests {
    use super::*;

    fn configuration() -> Configuration {
        Configuration::of(&serde_json::json!({}))
    }

    fn token(features: &[&str]) -> TokenInfo {
        TokenInfo {
            id: "555".to_owned(),
            description: "e2b runs".to_owned(),
            made_by: None,
            person: None,
            project: "33".to_owned(),
            project_name: "Zoo".to_owned(),
            features: features.iter().map(ToString::to_string).collect(),
            file_storage_provider: Some("aws".to_owned()),
            expires: None,
            is_master: false,
            real_user: Some("ann@corp".to_owned()),
            component_access: None,
            bucket_permissions: None,
            can_manage_buckets: false,
            can_read_all_file_uploads: None,
        }
    }

    fn written(change: impl FnOnce(&mut RunContext<'_>), token: &TokenInfo) -> Vec<String> {
        let mut context = RunContext {
            run: "run-1",
            stack: &StackHost::parse("connection.eu-central-1.keboola.com").unwrap(),
            branch: None,
            component: "kds-team.app-custom-python",
            flags: &ComponentFlags::default(),
            configuration: &configuration(),
            data_type_support: None,
            token,
        };
        change(&mut context);
        let variables = environment(&context);
        variables
            .iter()
            .map(|(name, value)| format!("{name}={value}"))
            .collect()
    }

    const ALWAYS: [&str; 10] = [
        "KBC_COMPONENTID=kds-team.app-custom-python",
        "KBC_COMPONENT_RUN_MODE=run",
        "KBC_CONFIGID=01k7pkk4qg",
        "KBC_CONFIGVERSION=12",
        "KBC_DATADIR=/data/",
        "KBC_PROJECTID=33",
        "KBC_PROJECT_FEATURE_GATES=queuev2,b",
        "KBC_RUNID=run-1",
        "KBC_STACKID=connection.eu-central-1.keboola.com",
        "KBC_STAGING_FILE_PROVIDER=aws",
    ];

    fn more(change: impl FnOnce(&mut RunContext<'_>)) -> Vec<String> {
        let all = written(change, &token(&["queuev2", "b"]));
        assert!(
            ALWAYS.iter().all(|line| all.iter().any(|it| it == line)),
            "{all:#?}"
        );
        all.into_iter()
            .filter(|line| !ALWAYS.contains(&line.as_str()))
            .collect()
    }

    #[test]
    fn the_variables_that_are_always_there_and_those_of_the_switches() {
        assert_eq!(more(|_| {}), [""; 0]);
        assert_eq!(
            more(|context| context.branch = Some("77")),
            ["KBC_BRANCHID=77"]
        );
        assert_eq!(
            more(|context| context.data_type_support = Some("hints")),
            [""; 0]
        );
        let forward = ComponentFlags {
            forward_token: true,
            ..ComponentFlags::default()
        };
        let details = ComponentFlags {
            forward_token_details: true,
            ..ComponentFlags::default()
        };
        let token = token(&["queuev2", "b"]);
        let of = |flags: &ComponentFlags| {
            let stack = StackHost::parse("connection.eu-central-1.keboola.com").unwrap();
            environment(&RunContext {
                run: "run-1",
                stack: &stack,
                branch: None,
                component: "kds-team.app-custom-python",
                flags,
                configuration: &configuration(),
                data_type_support: None,
                token: &token,
            })
        };
        let forwarded = of(&forward);
        assert_eq!(
            forwarded["KBC_URL"],
            "https://connection.eu-central-1.keboola.com"
        );
        assert!(!forwarded.contains_key("KBC_TOKEN"));
        let detailed = of(&details);
        assert_eq!(detailed["KBC_PROJECTNAME"], "Zoo");
        assert_eq!(detailed["KBC_TOKENID"], "555");
        assert_eq!(detailed["KBC_TOKENDESC"], "e2b runs");
        assert_eq!(detailed["KBC_REALUSER"], "ann@corp");
        assert_eq!((forwarded.len(), detailed.len()), (11, 14));
    }

    #[test]
    fn native_types_are_the_configuration_s_wish_then_the_component_s() {
        let token = token(&["new-native-types"]);
        let support = |own: Option<&'static str>| {
            let lines = written(|context| context.data_type_support = own, &token);
            lines
                .into_iter()
                .find(|line| line.starts_with("KBC_DATA_TYPE_SUPPORT="))
        };
        assert_eq!(support(None).unwrap(), "KBC_DATA_TYPE_SUPPORT=none");
        assert_eq!(
            support(Some("hints")).unwrap(),
            "KBC_DATA_TYPE_SUPPORT=hints"
        );
    }
}
