//! Parameters of a call: a JSON body, or PHP's form and query encoding (`tags[]=a`,
//! `whereFilters[0][column]=b`), read into one shape.

use axum::extract::{FromRequest, Request};
use bytes::Bytes;
use http::header::CONTENT_TYPE;
use percent_encoding::percent_decode_str;
use serde_json::{Map, Value};

use super::error::StorageError;

const CODE: &str = "storage.validation";

/// The parameters of a call.
#[derive(Debug, Default, Clone)]
pub(crate) struct Parameters(Map<String, Value>);

impl<S: Send + Sync> FromRequest<S> for Parameters {
    type Rejection = StorageError;

    async fn from_request(request: Request, state: &S) -> Result<Self, StorageError> {
        let kind = request
            .headers()
            .get(CONTENT_TYPE)
            .and_then(|v| v.to_str().ok());
        let kind = kind.unwrap_or_default().to_ascii_lowercase();
        let body = Bytes::from_request(request, state)
            .await
            .map_err(|error| StorageError::invalid(CODE, error.to_string()))?;
        if body.is_empty() {
            return Ok(Self::default());
        }
        if kind.starts_with("application/x-www-form-urlencoded") {
            return Ok(Self::from_query(&String::from_utf8_lossy(&body)));
        }
        if !kind.starts_with("application/json") {
            return Err(StorageError::invalid(
                CODE,
                "The body must be JSON or a form.",
            ));
        }
        match serde_json::from_slice(&body) {
            Ok(Value::Object(fields)) => Ok(Self(fields)),
            Ok(_) => Err(StorageError::invalid(
                CODE,
                "The body must be a JSON object.",
            )),
            Err(error) => Err(StorageError::invalid(
                CODE,
                format!("Invalid JSON: {error}"),
            )),
        }
    }
}

impl Parameters {
    /// From what is read already.
    pub(crate) fn from_fields(fields: Map<String, Value>) -> Self {
        Self(fields)
    }

    /// From `a=1&b[]=2`.
    pub(crate) fn from_query(query: &str) -> Self {
        let mut root = Value::Object(Map::new());
        for pair in query.split('&').filter(|pair| !pair.is_empty()) {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            let name = decode(name);
            let (head, rest) = name.split_once('[').unwrap_or((&name, ""));
            let mut path = vec![head];
            path.extend(
                rest.split('[')
                    .filter(|_| !rest.is_empty())
                    .map(|p| p.trim_end_matches(']')),
            );
            insert(&mut root, &path, decode(value));
        }
        match root {
            Value::Object(fields) => Self(fields),
            _ => Self::default(),
        }
    }

    /// The parameter as sent; `null` counts as absent.
    pub(crate) fn get(&self, name: &str) -> Option<&Value> {
        self.0.get(name).filter(|value| !value.is_null())
    }

    /// The names of all that were sent.
    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }

    /// Every parameter, as `operationParams` shows them.
    pub(crate) fn to_json(&self) -> Value {
        Value::Object(self.0.clone())
    }

    /// Text, or a number as text.
    pub(crate) fn text(&self, name: &str) -> Result<Option<String>, StorageError> {
        self.get(name).map(|value| scalar(name, value)).transpose()
    }

    /// PHP's idea of a flag: `true`, `1`, `"1"`, `"true"`, and Python's `"True"`. Absent is false.
    pub(crate) fn flag(&self, name: &str) -> Result<bool, StorageError> {
        let text = self.text(name)?.map(|text| text.to_ascii_lowercase());
        match text.as_deref() {
            None | Some("false" | "0" | "") => Ok(false),
            Some("true" | "1") => Ok(true),
            Some(_) => Err(StorageError::invalid(
                CODE,
                format!("\"{name}\" must be true or false."),
            )),
        }
    }

    /// A whole number.
    pub(crate) fn number(&self, name: &str) -> Result<Option<u64>, StorageError> {
        let refusal = || StorageError::invalid(CODE, format!("\"{name}\" must be a whole number."));
        self.text(name)?
            .map(|text| text.parse().map_err(|_| refusal()))
            .transpose()
    }

    /// A list of texts; a single text with commas counts as a list when `commas` says so.
    pub(crate) fn texts(&self, name: &str, commas: Commas) -> Result<Vec<String>, StorageError> {
        match self.get(name) {
            None => Ok(Vec::new()),
            Some(Value::Array(items)) => items.iter().map(|item| scalar(name, item)).collect(),
            Some(Value::Object(items)) => items.values().map(|item| scalar(name, item)).collect(),
            Some(value) => {
                let text = scalar(name, value)?;
                Ok(match commas {
                    _ if text.is_empty() => Vec::new(),
                    Commas::Separate => text.split(',').map(|t| t.trim().to_owned()).collect(),
                    Commas::Belong => vec![text],
                })
            }
        }
    }
}

/// What a comma in a text means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Commas {
    /// It separates items.
    Separate,
    /// It is part of the item.
    Belong,
}

/// A scalar as text.
pub(crate) fn scalar(name: &str, value: &Value) -> Result<String, StorageError> {
    match value {
        Value::String(text) => Ok(text.clone()),
        Value::Bool(flag) => Ok(flag.to_string()),
        Value::Number(number) => Ok(number.to_string()),
        Value::Null | Value::Array(_) | Value::Object(_) => Err(StorageError::invalid(
            CODE,
            format!("\"{name}\" must be a text."),
        )),
    }
}

fn decode(text: &str) -> String {
    percent_decode_str(&text.replace('+', " "))
        .decode_utf8_lossy()
        .into_owned()
}

/// Sets `value` at `path`, where an empty step or the next index appends.
fn insert(at: &mut Value, path: &[&str], value: String) {
    let Some((step, rest)) = path.split_first() else {
        *at = Value::String(value);
        return;
    };
    if at.is_null() {
        let index = step.is_empty() || step.parse::<usize>().is_ok();
        *at = if index {
            Value::Array(Vec::new())
        } else {
            Value::Object(Map::new())
        };
    }
    match at {
        Value::Array(items) => {
            let index = step.parse().unwrap_or(items.len());
            if index >= items.len() {
                items.push(Value::Null);
            }
            let last = items.len() - 1;
            if let Some(slot) = items.get_mut(index.min(last)) {
                insert(slot, rest, value);
            }
        }
        Value::Object(fields) => {
            insert(
                fields.entry((*step).to_owned()).or_insert(Value::Null),
                rest,
                value,
            );
        }
        _ => *at = Value::String(value),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn php_brackets_become_lists_and_objects() {
        for (query, expected) in [
            ("a=1&b=x%20y+z", json!({"a": "1", "b": "x y z"})),
            ("tags[]=a&tags%5B%5D=b", json!({"tags": ["a", "b"]})),
            ("tags[0]=a&tags[1]=b", json!({"tags": ["a", "b"]})),
            (
                "whereFilters[0][column]=c&whereFilters[0][values][]=1&whereFilters[0][values][]=2",
                json!({"whereFilters": [{"column": "c", "values": ["1", "2"]}]}),
            ),
            ("", json!({})),
        ] {
            assert_eq!(Parameters::from_query(query).to_json(), expected, "{query}");
        }
    }

    #[test]
    fn a_list_may_come_with_commas_where_the_api_says_so() {
        let parameters = Parameters::from_query("columns=a,b");
        assert_eq!(
            parameters.texts("columns", Commas::Separate).unwrap(),
            ["a", "b"]
        );
        assert_eq!(
            parameters.texts("columns", Commas::Belong).unwrap(),
            ["a,b"]
        );
    }
}
