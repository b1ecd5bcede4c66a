//! The templates that sandboxes can be made of (`reference/e2b.md` §5), and references to them.

use thiserror::Error;

/// One template.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Template {
    pub(crate) id: &'static str,
    /// Names in use; the first is told in answers.
    pub(crate) aliases: &'static [&'static str],
    pub(crate) cpu_count: u32,
    pub(crate) memory_mb: u32,
    pub(crate) disk_mb: u32,
    /// Whether `uv` is in the PATH.
    pub(crate) uv: bool,
}

/// All templates. They differ in what they tell and in `uv`; the files are the host's in each.
pub(crate) const TEMPLATES: [Template; 3] = [
    Template {
        id: "rki5dems9wqfm4r03t7g",
        aliases: &["base"],
        cpu_count: 2,
        memory_mb: 512,
        disk_mb: 10_240,
        uv: true,
    },
    Template {
        id: "nlhz8vlwyupq845jsdg9",
        aliases: &["code-interpreter-v1", "code-interpreter"],
        cpu_count: 2,
        memory_mb: 2048,
        disk_mb: 10_240,
        uv: true,
    },
    Template {
        id: "k0q2x7nouv5baseu41ds",
        aliases: &["base-no-uv"],
        cpu_count: 2,
        memory_mb: 512,
        disk_mb: 10_240,
        uv: false,
    },
];

/// Namespace of the public templates.
const NAMESPACE: &str = "e2b";
/// The tag that a reference without one means.
const DEFAULT_TAG: &str = "default";

/// Why a reference names no template.
#[derive(Debug, Error, PartialEq, Eq)]
pub(crate) enum TemplateError {
    #[error("Invalid template reference: '{0}'")]
    Invalid(String),
    #[error("template '{0}' not found")]
    NotFound(String),
    #[error("tag '{tag}' does not exist for template '{name}'")]
    NoTag { name: String, tag: String },
}

impl Template {
    /// The name told beside the id.
    pub(crate) fn alias(&self) -> &'static str {
        self.aliases.first().copied().unwrap_or(self.id)
    }

    /// Finds a template by `[namespace/]alias-or-id[:tag]`.
    pub(crate) fn find(reference: &str) -> Result<&'static Template, TemplateError> {
        static TEMPLATES: [Template; 3] = self::TEMPLATES;
        let (path, tag) = reference
            .split_once(':')
            .unwrap_or((reference, DEFAULT_TAG));
        let (namespace, name) = path.split_once('/').unwrap_or((NAMESPACE, path));
        let is_name = |text: &str| {
            !text.is_empty()
                && text.bytes().all(|byte| {
                    byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"-_.".contains(&byte)
                })
        };
        if ![namespace, name, tag].into_iter().all(is_name) {
            return Err(TemplateError::Invalid(reference.to_owned()));
        }
        let found = TEMPLATES
            .iter()
            .find(|template| {
                namespace == NAMESPACE && (template.id == name || template.aliases.contains(&name))
            })
            .ok_or_else(|| TemplateError::NotFound(path.to_owned()))?;
        if tag == DEFAULT_TAG {
            Ok(found)
        } else {
            Err(TemplateError::NoTag {
                name: name.to_owned(),
                tag: tag.to_owned(),
            })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_name_a_template_or_say_why_not() {
        for (reference, expected) in [
            ("base", Ok("base")),
            ("e2b/base", Ok("base")),
            ("base:default", Ok("base")),
            ("rki5dems9wqfm4r03t7g", Ok("base")),
            ("code-interpreter", Ok("code-interpreter-v1")),
            ("base-no-uv", Ok("base-no-uv")),
            ("python-3.13", Err("template 'python-3.13' not found")),
            ("mine/base", Err("template 'mine/base' not found")),
            (
                "base:v2",
                Err("tag 'v2' does not exist for template 'base'"),
            ),
            ("Base", Err("Invalid template reference: 'Base'")),
            ("", Err("Invalid template reference: ''")),
            ("a/b/c", Err("Invalid template reference: 'a/b/c'")),
        ] {
            let found = Template::find(reference)
                .map(Template::alias)
                .map_err(|error| error.to_string());
            assert_eq!(found, expected.map_err(str::to_owned), "{reference:?}");
        }
    }
}
