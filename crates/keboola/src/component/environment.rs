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
    let provider = token.file_storage_provider.as_deref();
    set("KBC_STAGING_FILE_PROVIDER", provider.unwrap_or("aws"));
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
