//! The metadata of a sandbox that this extension made: readable by whoever has the key.

use std::collections::{BTreeMap, BTreeSet};

use e2b::{ListedSandbox, Sandbox};
use messages::worker::{Maker, Settings};

/// All marks of a sandbox.
pub(crate) type Marks = BTreeMap<String, String>;

const APP: (&str, &str) = ("app", "keboola-e2b-writer");
const CONFIGURATION: &str = "configuration";
const BRANCH: &str = "branch";
const RUN: &str = "run";
const TEMPLATE: &str = "template";
const VERSION: &str = "version";
/// There when the sandbox was made without access to the internet.
const NO_INTERNET: &str = "no-internet";
/// Names of the environment variables that it was made with, if any, with commas between them. Their
/// values are nobody's business.
const VARIABLES: &str = "variables";
/// There when the sandbox was made to try a service.
const CHECK: &str = "check";
/// Which browser made it, see [`crate::install`].
const BROWSER: &str = "browser";

/// What one sandbox alone has: who it was made for.
pub(crate) fn of_run(configuration: &str, run: &str) -> Marks {
    [(APP.0, APP.1), (CONFIGURATION, configuration), (RUN, run)]
        .map(owned)
        .into()
}

/// The same of a sandbox that tries a service.
pub(crate) fn of_check(moment: &str, browser: &str) -> Marks {
    [(APP.0, APP.1), (CHECK, moment), (BROWSER, browser)]
        .map(owned)
        .into()
}

/// What else is told of a sandbox when it is made.
pub(crate) fn of_making(branch: Option<&str>, browser: &str, making: &Making) -> Marks {
    let mut marks = making.marks();
    marks.extend([
        owned((VERSION, env!("CARGO_PKG_VERSION"))),
        owned((BROWSER, browser)),
    ]);
    marks.extend(branch.map(|branch| owned((BRANCH, branch))));
    marks
}

fn owned((name, value): (&str, &str)) -> (String, String) {
    (name.to_owned(), value.to_owned())
}

fn is_ours(sandbox: &ListedSandbox) -> bool {
    sandbox.metadata.get(APP.0).map(String::as_str) == Some(APP.1)
}

fn own<'a>(sandbox: &'a ListedSandbox, name: &str) -> Option<&'a str> {
    let value = sandbox.metadata.get(name)?;
    is_ours(sandbox).then_some(value.as_str())
}

/// Who made it, seen from this browser.
pub(crate) fn maker(sandbox: &ListedSandbox, browser: &str) -> Maker {
    match own(sandbox, BROWSER) {
        _ if !is_ours(sandbox) => Maker::Other,
        Some(other) if other != browser => Maker::AnotherBrowser,
        // Versions before this mark made none in another browser that anybody could tell.
        _ => Maker::ThisBrowser,
    }
}

/// The key of the configuration that it was made for.
pub(crate) fn configuration(sandbox: &ListedSandbox) -> Option<&str> {
    own(sandbox, CONFIGURATION)
}

/// Its template, as the settings named it when that is known.
pub(crate) fn template(sandbox: &ListedSandbox) -> &str {
    own(sandbox, TEMPLATE).unwrap_or(&sandbox.template)
}

/// What was decided when a sandbox was made, and cannot be changed.
#[derive(Clone, Debug)]
pub(crate) struct Making {
    /// Its template, as the settings named it when that is known.
    pub(crate) template: String,
    /// Whether it may reach anything but its own service.
    pub(crate) internet: bool,
    /// Names of the environment variables that it was made with.
    pub(crate) variables: BTreeSet<String>,
}

impl Making {
    /// By these settings.
    pub(crate) fn by(settings: &Settings) -> Self {
        Self {
            template: settings.template.clone(),
            internet: settings.internet,
            variables: settings.sandbox_environment().into_keys().collect(),
        }
    }

    /// What the marks of a sandbox tell.
    pub(crate) fn of(sandbox: &ListedSandbox) -> Self {
        let names = own(sandbox, VARIABLES).unwrap_or_default().split(',');
        let names = names.filter(|name| !name.is_empty());
        Self {
            template: template(sandbox).to_owned(),
            internet: !sandbox.metadata.contains_key(NO_INTERNET),
            variables: names.map(str::to_owned).collect(),
        }
    }

    /// Of a sandbox whose marks are not to be had.
    pub(crate) fn unknown(sandbox: &Sandbox) -> Self {
        Self {
            template: sandbox.template.clone(),
            internet: true,
            variables: BTreeSet::new(),
        }
    }

    fn marks(&self) -> Marks {
        // As the settings name it: an answer may tell the id instead.
        let mut marks: Marks = [owned((TEMPLATE, self.template.as_str()))].into();
        if !self.internet {
            marks.extend([owned((NO_INTERNET, "1"))]);
        }
        if !self.variables.is_empty() {
            let names: Vec<&str> = self.variables.iter().map(String::as_str).collect();
            marks.extend([owned((VARIABLES, &names.join(",")))]);
        }
        marks
    }
}

#[cfg(test)]
mod tests {
    use e2b::SandboxId;
    use wasm_bindgen_test::*;

    use super::*;

    wasm_bindgen_test_configure!(run_in_browser);

    fn listed(metadata: Marks) -> ListedSandbox {
        ListedSandbox {
            id: SandboxId::parse("i01").unwrap(),
            template: "rki5".to_owned(),
            started_at: 0,
            ends_at: 0,
            left_ms: None,
            paused: false,
            metadata,
            size: None,
        }
    }

    #[wasm_bindgen_test]
    fn what_a_sandbox_was_made_with_is_read_back_from_its_marks() {
        let mut settings = Settings {
            template: "base".to_owned(),
            ..Settings::default()
        };
        for (internet, names) in [(true, vec![]), (false, vec!["A"]), (true, vec!["A", "B_2"])] {
            settings.internet = internet;
            let value = |name: &&str| ((*name).to_owned(), "secret".to_owned());
            settings.environment = names.iter().map(value).collect();
            let mut marks = of_run("stack/1/2", "run");
            marks.extend(of_making(Some("7"), "browser", &Making::by(&settings)));
            assert!(!format!("{marks:?}").contains("secret"), "{marks:?}");
            assert_eq!(marks.get("branch").map(String::as_str), Some("7"));
            let read = Making::of(&listed(marks));
            assert_eq!(read.template, "base");
            assert_eq!(read.internet, internet);
            assert!(read.variables.iter().eq(&names), "{:?}", read.variables);
        }
    }

    #[wasm_bindgen_test]
    fn a_sandbox_of_somebody_else_tells_nothing() {
        let marks = [owned((VARIABLES, "A")), owned((TEMPLATE, "base"))].into();
        let read = Making::of(&listed(marks));
        assert_eq!(read.template, "rki5");
        assert!(read.variables.is_empty());
    }
}
