//! What the runner is told: `plan.json`, and the inputs that come after it.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};
use thiserror::Error;

/// Version of the protocol that this crate speaks.
pub const PROTOCOL: u32 = 1;

/// Text of `plan.json` for `run`.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Plan {
    /// [`PROTOCOL`].
    pub protocol: u32,
    /// The run's id, also the tag of its process.
    pub run: String,
    /// Root of the component's folder, absolute.
    pub data: String,
    /// The script, written to `{data}/script.py`.
    pub code: String,
    /// The Python environment.
    pub venv: Venv,
    /// Packages in the order in which they are installed.
    pub packages: Vec<String>,
    /// Text of `config.json`, written as it is.
    pub config: String,
    /// Text of `in/state.json`.
    pub state: String,
    /// Environment of the script, added to the sandbox's own.
    pub environment: BTreeMap<String, String>,
    /// How many inputs there are in all, those of `ready` included.
    pub inputs: usize,
    /// Inputs that are ready at the start.
    pub ready: Vec<Input>,
    /// Time limit in seconds from the reading of the plan; 0 is none.
    pub limit_seconds: u32,
}

/// Text of `plan.json` for `fetch`: inputs put in place beside what is there.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FetchPlan {
    /// [`PROTOCOL`].
    pub protocol: u32,
    /// Id of this fetch.
    pub run: String,
    /// Root of the component's folder, absolute.
    pub data: String,
    /// The inputs.
    pub ready: Vec<Input>,
}

/// An input that the runner can fetch without any credential of ours.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Input {
    /// Path below `data`.
    pub path: String,
    /// Equal keys mean equal content: 1 to 200 of `A-Z a-z 0-9 . _ -`, no dot first.
    pub cache_key: Option<String>,
    /// The manifest to write beside it, as JSON text.
    pub manifest: Option<String>,
    /// Signed URLs in order; their contents are joined. None are needed when the sandbox holds
    /// `cache_key`.
    pub urls: Vec<String>,
    /// Headers that go with every request to them: a credential of this one file.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub headers: BTreeMap<String, String>,
    /// Whether each of them is gzip.
    pub gzip: bool,
    /// A line to write first, with its newline: the header that slices lack.
    pub header: Option<String>,
    /// A sliced file: `path` is a folder and these are its parts, one a URL.
    pub parts: Option<Vec<String>>,
    /// Size in bytes, a hint.
    pub bytes: Option<u64>,
    /// The archive of a debug job, whose inputs are put below `path`.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub unpack: bool,
}

/// The Python environment that a configuration asks for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Venv {
    /// The one of the sandbox's own Python.
    #[default]
    Base,
}

/// A Python environment that the runner does not make.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("the Python environment {0:?} is not supported")]
pub struct UnsupportedVenv(pub String);

impl Venv {
    /// Reads `venv` of a configuration; an empty one is the base.
    ///
    /// # Errors
    /// For any other environment.
    pub fn parse(text: &str) -> Result<Self, UnsupportedVenv> {
        match text.trim() {
            "" | "base" => Ok(Self::Base),
            other => Err(UnsupportedVenv(other.to_owned())),
        }
    }
}

// Config and environment hold the entered secrets, the code is the user's.
impl fmt::Debug for Plan {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Plan")
            .field("run", &self.run)
            .field("data", &self.data)
            .field("venv", &self.venv)
            .field("packages", &self.packages)
            .field("environment", &self.environment.keys())
            .field("inputs", &self.inputs)
            .field("ready", &self.ready)
            .field("limit_seconds", &self.limit_seconds)
            .finish_non_exhaustive()
    }
}

// A signed URL is a capability.
impl fmt::Debug for Input {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Input")
            .field("path", &self.path)
            .field("cache_key", &self.cache_key)
            .field("urls", &self.urls.len())
            .field("headers", &self.headers.keys())
            .field("gzip", &self.gzip)
            .field("parts", &self.parts.as_ref().map(Vec::len))
            .field("bytes", &self.bytes)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plan() -> Plan {
        Plan {
            protocol: PROTOCOL,
            run: "r1".into(),
            data: "/data".into(),
            code: "print(1)\n".into(),
            venv: Venv::Base,
            packages: vec!["keboola.component".into()],
            config: r##"{"parameters":{"#password":"hunter2"}}"##.into(),
            state: "{}".into(),
            environment: [("KBC_DATADIR".to_owned(), "/data/".to_owned())].into(),
            inputs: 1,
            ready: vec![Input {
                path: "in/tables/a.csv".into(),
                cache_key: Some("k1".into()),
                manifest: None,
                urls: vec!["https://bucket.test/a?X-Amz-Signature=hunter2".into()],
                headers: BTreeMap::new(),
                gzip: true,
                header: Some("\"a\"\n".into()),
                parts: None,
                bytes: Some(12),
                unpack: false,
            }],
            limit_seconds: 0,
        }
    }

    #[test]
    fn the_plan_is_the_json_of_the_protocol() {
        let expected = concat!(
            r#"{"protocol":1,"run":"r1","data":"/data","code":"print(1)\n","venv":"base","#,
            r#""packages":["keboola.component"],"#,
            r##""config":"{\"parameters\":{\"#password\":\"hunter2\"}}","state":"{}","##,
            r#""environment":{"KBC_DATADIR":"/data/"},"inputs":1,"ready":[{"path":"in/tables/a.csv","#,
            r#""cache_key":"k1","manifest":null,"#,
            r#""urls":["https://bucket.test/a?X-Amz-Signature=hunter2"],"gzip":true,"#,
            r#""header":"\"a\"\n","parts":null,"bytes":12}],"limit_seconds":0}"#
        );
        assert_eq!(serde_json::to_string(&plan()).unwrap(), expected);
        assert_eq!(serde_json::from_str::<Plan>(expected).unwrap(), plan());
    }

    #[test]
    fn debug_shows_neither_secrets_nor_signatures() {
        let text = format!("{:?}", plan());
        assert!(
            !text.contains("hunter2") && text.contains("in/tables/a.csv"),
            "{text}"
        );
    }

    #[test]
    fn environments_are_the_base_or_refused() {
        for text in ["", "base", " base "] {
            assert_eq!(Venv::parse(text), Ok(Venv::Base), "{text:?}");
        }
        assert_eq!(Venv::parse("3.12"), Err(UnsupportedVenv("3.12".into())));
    }
}
