//! The metadata of a sandbox that this extension made: readable by whoever has the key.

use std::collections::BTreeMap;

use e2b::ListedSandbox;
use messages::worker::Maker;

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
pub(crate) fn of_making(
    branch: Option<&str>,
    browser: &str,
    template: &str,
    internet: bool,
) -> Marks {
    let mut marks: Marks = [
        // As the settings name it: an answer may tell the id instead.
        (TEMPLATE, template),
        (VERSION, env!("CARGO_PKG_VERSION")),
        (BROWSER, browser),
    ]
    .map(owned)
    .into();
    marks.extend(branch.map(|branch| owned((BRANCH, branch))));
    if !internet {
        marks.extend([owned((NO_INTERNET, "1"))]);
    }
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

/// Whether it may reach anything but its own service.
pub(crate) fn has_internet(sandbox: &ListedSandbox) -> bool {
    !sandbox.metadata.contains_key(NO_INTERNET)
}
