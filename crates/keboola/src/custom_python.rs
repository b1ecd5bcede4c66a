//! What a Custom Python configuration says (reference §8.1).

use serde_json::{Map, Value};
use thiserror::Error;

use crate::mapping::{Mapping, MappingError};
use crate::read_configuration::Configuration;

/// A configuration of Custom Python, read as the component itself reads it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CustomPython {
    /// Where the code comes from.
    pub source: Source,
    /// The Python environment: `base`, `3.12`, `3.13`, `3.14`, or what newer components add.
    pub venv: String,
    /// What the script finds under `parameters` of its config.json. Secrets in it are ciphertext.
    pub user_properties: Map<String, Value>,
    /// What it gets and gives back.
    pub mapping: Mapping,
}

/// Where the code comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Source {
    /// The configuration itself.
    Code {
        /// The script. Never blank.
        code: String,
        /// Requirements, in the order in which they are installed.
        packages: Vec<String>,
    },
    /// A git repository.
    Git,
}

/// A configuration that the component itself would refuse.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum ConfigurationError {
    /// The code field is missing or blank.
    #[error("the configuration has no code")]
    NoCode,
    /// Neither `code` nor `git`.
    #[error("the code's source is \"{0}\"; it can be \"code\" or \"git\"")]
    UnknownSource(String),
    /// A parameter of another kind.
    #[error("parameters.{name} is not {expected}")]
    Kind {
        /// The parameter's name.
        name: &'static str,
        /// What it takes.
        expected: &'static str,
    },
    /// A list with something in it, or a scalar.
    #[error("the user parameters are not an object")]
    UserPropertiesNotObject,
    /// A mistake of the storage mapping.
    #[error(transparent)]
    Mapping(#[from] MappingError),
}

impl CustomPython {
    /// Reads a configuration.
    ///
    /// # Errors
    /// For what a real job would refuse too.
    pub fn parse(configuration: &Configuration) -> Result<Self, ConfigurationError> {
        let none = Map::new();
        let parameters = configuration
            .raw
            .get("parameters")
            .and_then(Value::as_object)
            .unwrap_or(&none);
        let parameter = |name| parameters.get(name).filter(|value| !value.is_null());
        let text = |name| match parameter(name) {
            None => Ok(None),
            Some(Value::String(text)) => Ok(Some(text.clone())),
            Some(_) => Err(ConfigurationError::Kind {
                name,
                expected: "a text",
            }),
        };
        let source = match text("source")?.as_deref() {
            None | Some("" | "code") => Source::Code {
                code: text("code")?
                    .filter(|code| !code.trim().is_empty())
                    .ok_or(ConfigurationError::NoCode)?,
                packages: packages(parameter("packages"))?,
            },
            Some("git") => Source::Git,
            Some(other) => return Err(ConfigurationError::UnknownSource(other.to_owned())),
        };
        let user_properties = match parameter("user_properties") {
            None => Map::new(),
            Some(Value::Object(map)) => map.clone(),
            Some(Value::Array(list)) if list.is_empty() => Map::new(),
            Some(_) => return Err(ConfigurationError::UserPropertiesNotObject),
        };
        Ok(Self {
            source,
            venv: text("venv")?
                .filter(|venv| !venv.is_empty())
                .unwrap_or_else(|| "base".to_owned()),
            user_properties,
            mapping: Mapping::parse(configuration.raw.get("storage"), &configuration.state)?,
        })
    }
}

fn packages(value: Option<&Value>) -> Result<Vec<String>, ConfigurationError> {
    let wrong = || ConfigurationError::Kind {
        name: "packages",
        expected: "a list of texts",
    };
    let list = match value {
        None => return Ok(Vec::new()),
        Some(Value::Object(map)) if map.is_empty() => return Ok(Vec::new()),
        Some(value) => value.as_array().ok_or_else(wrong)?,
    };
    list.iter()
        .map(|package| package.as_str().map(str::to_owned).ok_or_else(wrong))
        .collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn parse(raw: &Value) -> Result<CustomPython, ConfigurationError> {
        CustomPython::parse(&Configuration::of(raw))
    }

    #[test]
    fn a_configuration_of_code() {
        let python = parse(&json!({
            "parameters": {
                "source": "code",
                "venv": "3.13",
                "user_properties": {"debug": false, "#key": "KBC::ProjectSecure::x"},
                "packages": ["pandas==2.2.0", "b"],
                "code": "print(1)\r\n",
            },
            "storage": {"input": {"tables": [{"source": "in.c-main.zoo"}]}},
            "runtime": {"tag": "1.2.3"},
        }))
        .unwrap();
        assert_eq!(
            python.source,
            Source::Code {
                code: "print(1)\r\n".to_owned(),
                packages: vec!["pandas==2.2.0".to_owned(), "b".to_owned()],
            }
        );
        assert_eq!(python.venv, "3.13");
        assert_eq!(python.user_properties["debug"], false);
        assert_eq!(python.mapping.input_tables.len(), 1);
    }

    #[test]
    fn what_is_missing_is_what_the_component_takes_for_it() {
        for parameters in [
            json!({"code": "x"}),
            json!({"code": "x", "source": null, "venv": null, "user_properties": null, "packages": null}),
            json!({"code": "x", "venv": "", "user_properties": [], "packages": {}}),
        ] {
            let python = parse(&json!({"parameters": parameters})).unwrap();
            let source = Source::Code {
                code: "x".to_owned(),
                packages: Vec::new(),
            };
            assert_eq!(python.source, source);
            assert_eq!(python.venv, "base");
            assert!(python.user_properties.is_empty());
            assert_eq!(python.mapping, Mapping::default());
        }
    }

    #[test]
    fn code_from_git_needs_no_code() {
        let git = json!({"parameters": {"source": "git", "git": {"url": "https://git.test/a.git"}, "venv": "3.14"}});
        assert_eq!(parse(&git).unwrap().source, Source::Git);
    }

    #[test]
    fn what_the_component_refuses() {
        let kind = |name, expected| ConfigurationError::Kind { name, expected };
        for (parameters, error) in [
            (json!({}), ConfigurationError::NoCode),
            (json!([]), ConfigurationError::NoCode),
            (json!({"code": ""}), ConfigurationError::NoCode),
            (json!({"code": " \n\t"}), ConfigurationError::NoCode),
            (json!({"code": ["x"]}), kind("code", "a text")),
            (
                json!({"source": "svn"}),
                ConfigurationError::UnknownSource("svn".to_owned()),
            ),
            (json!({"code": "x", "venv": 3.12}), kind("venv", "a text")),
            (
                json!({"code": "x", "packages": "pandas"}),
                kind("packages", "a list of texts"),
            ),
            (
                json!({"code": "x", "packages": [1]}),
                kind("packages", "a list of texts"),
            ),
            (
                json!({"code": "x", "user_properties": [1]}),
                ConfigurationError::UserPropertiesNotObject,
            ),
            (
                json!({"code": "x", "user_properties": "a"}),
                ConfigurationError::UserPropertiesNotObject,
            ),
        ] {
            assert_eq!(
                parse(&json!({"parameters": parameters})),
                Err(error),
                "{parameters}"
            );
        }
    }

    #[test]
    fn a_mistake_of_the_mapping_is_told_as_it_is() {
        let raw = json!({"parameters": {"code": "x"}, "storage": {"input": {"tables": [{}]}}});
        let error = parse(&raw).unwrap_err();
        assert_eq!(
            error.to_string(),
            "storage.input.tables[0]: \"source\" is missing"
        );
    }
}
