//! The templates that a key may use.

use http::Method;
use serde::Deserialize;
use transport::Http;

use super::metrics::is_absent;
use super::{Control, parse};
use crate::E2bError;

/// A template of sandboxes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Template {
    /// Its id.
    pub id: String,
    /// Its name, where it has one: what people enter.
    pub name: Option<String>,
    /// vCPUs and memory in MB, when the service says so.
    pub size: Option<(u32, u32)>,
}

impl<H: Http> Control<'_, H> {
    /// The templates of the key's team; `None` where the service does not list any. Public templates
    /// of others may be missing.
    ///
    /// # Errors
    /// See [`E2bError`].
    pub async fn templates(&self) -> Result<Option<Vec<Template>>, E2bError> {
        let reply = self.call(Method::GET, "/templates").await?;
        if is_absent(reply.status()) {
            return Ok(None);
        }
        if !reply.status().is_success() {
            return Err(E2bError::of_reply(&reply));
        }
        let wire: Vec<Wire> = parse(&reply)?;
        Ok(Some(wire.into_iter().map(Template::from).collect()))
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Wire {
    #[serde(rename = "templateID")]
    template_id: String,
    // `names` replaces `aliases` in newer services; either may be absent or null.
    #[serde(default)]
    names: Option<Vec<String>>,
    #[serde(default)]
    aliases: Option<Vec<String>>,
    #[serde(default)]
    cpu_count: Option<u32>,
    #[serde(rename = "memoryMB", default)]
    memory_mb: Option<u32>,
}

impl From<Wire> for Template {
    fn from(wire: Wire) -> Self {
        let names = wire.names.into_iter().chain(wire.aliases);
        let name = names.flatten().find(|name| !name.is_empty());
        Self {
            id: wire.template_id,
            name,
            size: wire.cpu_count.zip(wire.memory_mb),
        }
    }
}

#[cfg(test)]
mod tests {
    use transport::testing::Script;

    use super::*;
    use crate::control::testing::with;

    #[test]
    fn templates_have_a_name_or_only_an_id() {
        let script = Script::new()
            .reply(
                200,
                r#"[{"templateID":"a1","aliases":["base"],"cpuCount":2,"memoryMB":512},
                    {"templateID":"b2","names":["team/x"],"aliases":["old"]},
                    {"templateID":"c3","aliases":null}]"#,
            )
            .reply(404, "");
        let listed = with(&script, async |control| control.templates().await);
        let template = |id: &str, name: Option<&str>, size| Template {
            id: id.to_owned(),
            name: name.map(str::to_owned),
            size,
        };
        assert_eq!(
            listed,
            Ok(Some(vec![
                template("a1", Some("base"), Some((2, 512))),
                template("b2", Some("team/x"), None),
                template("c3", None, None),
            ]))
        );
        let none = with(&script, async |control| control.templates().await);
        assert_eq!(none, Ok(None));
    }
}
