//! Which page is it: a pure function from a URL to a [`ConfigurationUrl`] (reference §1.1, §1.3).
//!
//! Written without a URL library on purpose: the content script is made of this file, and the
//! tables of an IDNA-aware parser would be ten times its size. The input is `location.href` or a
//! tab's URL, which the browser has normalised already.

use serde::{Deserialize, Serialize};

use crate::client::escape;

/// The one component whose configurations this product serves (reference §1.5).
pub const CUSTOM_PYTHON: &str = "kds-team.app-custom-python";

/// The domains that Keboola's stacks live under (reference §1.1).
const STACK_DOMAINS: [&str; 4] = [
    "keboola.com",
    "keboola.cloud",
    "keboola.dev",
    "keboola-testing.com",
];

/// A configuration of a Custom Python component, as its page's URL names it.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct ConfigurationUrl {
    /// Host of the stack's page and Storage API, for example `connection.keboola.com`.
    pub stack: StackHost,
    /// The project's number, in digits.
    pub project: String,
    /// The development branch of the URL; `None` is the default branch.
    pub branch: Option<String>,
    /// The configuration's id: a ULID, a number, or anything its creator chose.
    pub configuration: String,
}

impl ConfigurationUrl {
    /// The configuration whose page `url` is; `None` for every other page.
    ///
    /// Any tail after the configuration's id (`/rows/…`, `/versions`, a query) is still its page.
    #[must_use]
    pub fn parse(url: &str) -> Option<Self> {
        let rest = url.strip_prefix("https://")?;
        let (authority, path) = rest.split_once('/')?;
        let stack = StackHost::parse(authority)?;
        let path = path.split(['?', '#']).next()?;
        let mut segments = path.split('/');
        let mut expect = |word: &str| (segments.next()? == word).then_some(());
        expect("admin")?;
        expect("projects")?;
        let project = segments.next().filter(|id| is_number(id))?.to_owned();
        let (branch, components) = match segments.next()? {
            "branch" => {
                let id = segments.next().filter(|id| !id.is_empty())?;
                let branch = (id != "default").then(|| id.to_owned());
                (branch, segments.next()?)
            }
            other => (None, other),
        };
        if components != "components" || segments.next()? != CUSTOM_PYTHON {
            return None;
        }
        let configuration = segments.next().filter(|id| !id.is_empty())?.to_owned();
        Some(Self {
            stack,
            project,
            branch,
            configuration,
        })
    }

    /// One text that is equal for equal configurations; a key for stores, not for people.
    #[must_use]
    pub fn key(&self) -> String {
        let branch = self.branch.as_deref().unwrap_or("default");
        format!(
            "{}/{}/{branch}/{}",
            self.stack.as_str(),
            self.project,
            self.configuration
        )
    }

    /// The page's canonical URL.
    #[must_use]
    pub fn page(&self) -> String {
        format!(
            "{}/components/{CUSTOM_PYTHON}/{}",
            self.branch_page(),
            self.configuration
        )
    }

    /// The page of a job (reference §1.3).
    #[must_use]
    pub fn job_page(&self, job: &str) -> String {
        format!("{}/queue/{}", self.branch_page(), escape(job))
    }

    /// What the pages of the project and branch begin with.
    fn branch_page(&self) -> String {
        let branch = self
            .branch
            .as_ref()
            .map(|id| format!("/branch/{id}"))
            .unwrap_or_default();
        format!(
            "https://{}/admin/projects/{}{branch}",
            self.stack.as_str(),
            self.project
        )
    }

    /// The page that lists the project's Storage tokens, where they are changed and deleted
    /// (reference §1.3).
    #[must_use]
    pub fn tokens_page(&self) -> String {
        format!(
            "https://{}/admin/projects/{}/tokens-settings",
            self.stack.as_str(),
            self.project
        )
    }

    /// The page on which a person creates a Storage token (reference §2.3).
    #[must_use]
    pub fn new_token_page(&self) -> String {
        format!("{}/new-token", self.tokens_page())
    }
}

/// Host of a stack: `connection.`, any labels, and a Keboola domain. No port, no user.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct StackHost(String);

impl StackHost {
    /// `None` where `host` is not a stack's.
    #[must_use]
    pub fn parse(host: &str) -> Option<Self> {
        let suffix = host.strip_prefix("connection.")?;
        let known = STACK_DOMAINS.iter().any(|domain| {
            suffix
                .strip_suffix(domain)
                .is_some_and(|labels| labels.is_empty() || labels.ends_with('.'))
        });
        let well_formed = suffix.split('.').all(|label| {
            !label.is_empty()
                && label
                    .bytes()
                    .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
        });
        (known && well_formed).then(|| Self(host.to_owned()))
    }

    /// The whole host, `connection.…`.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// What follows `connection.`: the suffix under which the other services live (reference §1.2).
    #[must_use]
    pub fn suffix(&self) -> &str {
        self.0.strip_prefix("connection.").unwrap_or(&self.0)
    }

    /// Short name for people: `eu-central-1`, `us-east4.gcp`, and `us-east-1` for the stack without a label.
    #[must_use]
    pub fn label(&self) -> &str {
        let suffix = self.suffix();
        STACK_DOMAINS
            .iter()
            .find_map(|domain| suffix.strip_suffix(domain))
            .map(|labels| labels.trim_end_matches('.'))
            .filter(|labels| !labels.is_empty())
            .unwrap_or("us-east-1")
    }
}

impl TryFrom<String> for StackHost {
    type Error = String;

    fn try_from(host: String) -> Result<Self, Self::Error> {
        Self::parse(&host).ok_or_else(|| format!("{host} is not the host of a Keboola stack"))
    }
}

impl From<StackHost> for String {
    fn from(host: StackHost) -> Self {
        host.0
    }
}

fn is_number(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    const TAIL: &str = "components/kds-team.app-custom-python/01k7pkk4qg6jprstza74572x8f";

    #[test]
    fn a_configuration_page_on_every_kind_of_stack() {
        for (host, label) in [
            ("connection.keboola.com", "us-east-1"),
            ("connection.us-east4.gcp.keboola.com", "us-east4.gcp"),
            ("connection.eu-central-1.keboola.com", "eu-central-1"),
            (
                "connection.north-europe.azure.keboola.com",
                "north-europe.azure",
            ),
            (
                "connection.europe-west3.gcp.keboola.com",
                "europe-west3.gcp",
            ),
            ("connection.acme.keboola.com", "acme"),
            ("connection.acme.keboola.cloud", "acme"),
        ] {
            let url = ConfigurationUrl::parse(&format!("https://{host}/admin/projects/33/{TAIL}"))
                .unwrap_or_else(|| panic!("{host}"));
            assert_eq!(url.stack.as_str(), host);
            assert_eq!(url.stack.label(), label);
            assert_eq!(url.project, "33");
            assert_eq!(url.branch, None);
            assert_eq!(url.configuration, "01k7pkk4qg6jprstza74572x8f");
        }
    }

    #[test]
    fn branches_ids_and_tails() {
        let parse = |tail: &str| {
            ConfigurationUrl::parse(&format!(
                "https://connection.keboola.com/admin/projects/{tail}"
            ))
            .map(|url| (url.branch, url.configuration))
        };
        let c = "components/kds-team.app-custom-python";
        let some =
            |branch: Option<&str>, id: &str| Some((branch.map(str::to_owned), id.to_owned()));
        assert_eq!(parse(&format!("1/branch/77/{c}/9")), some(Some("77"), "9"));
        assert_eq!(parse(&format!("1/branch/default/{c}/9")), some(None, "9"));
        assert_eq!(parse(&format!("1/{c}/236606822")), some(None, "236606822"));
        assert_eq!(parse(&format!("1/{c}/my.own_Id")), some(None, "my.own_Id"));
        assert_eq!(parse(&format!("1/{c}/9/")), some(None, "9"));
        assert_eq!(parse(&format!("1/{c}/9/rows/2")), some(None, "9"));
        assert_eq!(parse(&format!("1/{c}/9/versions?x=1#y")), some(None, "9"));
        assert_eq!(parse(&format!("1/{c}/9?tab=a")), some(None, "9"));
    }

    #[test]
    fn pages_that_only_look_like_a_configuration() {
        for url in [
            "",
            "https://connection.keboola.com",
            "https://connection.keboola.com/admin/projects/33",
            "http://connection.keboola.com/admin/projects/33/components/kds-team.app-custom-python/1",
            "https://connection.keboola.com/admin/projects/33/components/kds-team.app-custom-python",
            "https://connection.keboola.com/admin/projects/33/components/kds-team.app-custom-python/",
            "https://connection.keboola.com/admin/projects/33/components/keboola.python-transformation-v2/1",
            "https://connection.keboola.com/admin/projects/x/components/kds-team.app-custom-python/1",
            "https://connection.keboola.com/admin/projects//components/kds-team.app-custom-python/1",
            "https://connection.keboola.com/admin/projects/33/branch//components/kds-team.app-custom-python/1",
            "https://connection.keboola.com/admin/projects/33/branch/1/flows/kds-team.app-custom-python/1",
            "https://connection.keboola.com/x/admin/projects/33/components/kds-team.app-custom-python/1",
            "https://connection.keboola.com.evil.example/admin/projects/33/components/kds-team.app-custom-python/1",
            "https://connection.evilkeboola.com/admin/projects/33/components/kds-team.app-custom-python/1",
            "https://keboola.com/admin/projects/33/components/kds-team.app-custom-python/1",
            "https://help.keboola.com/admin/projects/33/components/kds-team.app-custom-python/1",
            "https://a@connection.keboola.com/admin/projects/33/components/kds-team.app-custom-python/1",
            "https://connection.keboola.com:8443/admin/projects/33/components/kds-team.app-custom-python/1",
            "https://connection..keboola.com/admin/projects/33/components/kds-team.app-custom-python/1",
            "https://connection.keboola.com/login#/admin/projects/33/components/kds-team.app-custom-python/1",
        ] {
            assert_eq!(ConfigurationUrl::parse(url), None, "{url}");
        }
    }

    #[test]
    fn page_is_parsed_back_to_itself() {
        for branch in ["", "/branch/12"] {
            let url = format!("https://connection.keboola.com/admin/projects/33{branch}/{TAIL}");
            let parsed = ConfigurationUrl::parse(&url).unwrap();
            assert_eq!(parsed.page(), url);
            let json = serde_json::to_string(&parsed).unwrap();
            assert_eq!(
                serde_json::from_str::<ConfigurationUrl>(&json).unwrap(),
                parsed
            );
        }
    }
}
