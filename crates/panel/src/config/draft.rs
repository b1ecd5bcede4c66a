//! What of the configuration is edited: three texts as a person sees them, and the draft that they make.

use messages::worker::{ConfigurationView, Draft};

use super::json::{Mistake, check_object, is_same, pretty};

/// What can be edited.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// The script.
    Code,
    /// Its packages, one in a line.
    Packages,
    /// The user parameters, JSON.
    Parameters,
}

impl Part {
    /// All of them, in their order.
    pub const ALL: [Self; 3] = [Self::Code, Self::Packages, Self::Parameters];

    /// Its name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Code => "Code",
            Self::Packages => "Packages",
            Self::Parameters => "Parameters",
        }
    }

    /// Whether it was edited.
    #[must_use]
    pub fn is_edited(self, draft: &Draft) -> bool {
        match self {
            Self::Code => draft.code.is_some(),
            Self::Packages => draft.packages.is_some(),
            Self::Parameters => draft.parameters.is_some(),
        }
    }

    /// The text of Storage's version.
    #[must_use]
    pub fn saved(self, view: &ConfigurationView) -> String {
        match self {
            Self::Code => view.code.clone().unwrap_or_default(),
            Self::Packages => view.packages.join("\n"),
            Self::Parameters => pretty(&view.parameters),
        }
    }

    /// The text as it is edited.
    #[must_use]
    pub fn text(self, view: &ConfigurationView, draft: Option<&Draft>) -> String {
        let edited = draft.and_then(|draft| match self {
            Self::Code => draft.code.clone(),
            Self::Packages => draft.packages.as_ref().map(|it| it.join("\n")),
            Self::Parameters => draft.parameters.clone(),
        });
        edited.unwrap_or_else(|| self.saved(view))
    }

    /// The draft with this text in it; none when nothing is edited any more.
    #[must_use]
    pub fn typed(
        self,
        text: String,
        view: &ConfigurationView,
        draft: Option<Draft>,
    ) -> Option<Draft> {
        let mut draft = draft.unwrap_or_else(|| Draft {
            base_version: view.version,
            base: view.raw.clone(),
            code: None,
            packages: None,
            parameters: None,
        });
        let is_saved = text == self.saved(view);
        match self {
            Self::Code => draft.code = (!is_saved).then_some(text),
            Self::Packages => {
                draft.packages = (!is_saved)
                    .then(|| packages(&text))
                    .filter(|it| *it != view.packages);
            }
            Self::Parameters => {
                draft.parameters = (!is_saved && !is_same(&text, &view.parameters)).then_some(text);
            }
        }
        Self::ALL
            .into_iter()
            .any(|part| part.is_edited(&draft))
            .then_some(draft)
    }
}

/// One package in a line; blank lines are none.
fn packages(text: &str) -> Vec<String> {
    let lines = text.lines().map(str::trim);
    lines
        .filter(|it| !it.is_empty())
        .map(str::to_owned)
        .collect()
}

/// Why the edits cannot be used as they are.
#[must_use]
pub fn mistake(draft: &Draft) -> Option<Mistake> {
    check_object(draft.parameters.as_deref()?).err()
}

/// The mistake in words.
#[must_use]
pub fn mistake_words(it: &Mistake) -> String {
    format!(
        "Parameters, line {}, column {}: {}",
        it.line, it.column, it.words
    )
}

/// What is edited, in words: `Code and parameters edited, on version 5.`
#[must_use]
pub fn edited_words(draft: &Draft) -> String {
    let names: Vec<&str> = Part::ALL
        .into_iter()
        .filter(|part| part.is_edited(draft))
        .map(Part::name)
        .collect();
    let mut words = String::new();
    for (at, name) in names.iter().enumerate() {
        words.push_str(match at {
            0 => "",
            _ if at + 1 == names.len() => " and ",
            _ => ", ",
        });
        match at {
            0 => words.push_str(name),
            _ => words.push_str(&name.to_lowercase()),
        }
    }
    format!("{words} edited, on version {}.", draft.base_version)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn view() -> ConfigurationView {
        ConfigurationView {
            version: 5,
            name: "Zoo".to_owned(),
            source: "code".to_owned(),
            venv: "base".to_owned(),
            code: Some("print(1)\r\n".to_owned()),
            packages: vec!["pandas==2.2.0".to_owned(), "b".to_owned()],
            parameters: r#"{"rate":1.0,"name":"\u00e9"}"#.to_owned(),
            raw: "raw".to_owned(),
        }
    }

    fn type_in(part: Part, text: &str, draft: Option<Draft>) -> Option<Draft> {
        part.typed(text.to_owned(), &view(), draft)
    }

    #[test]
    fn a_draft_begins_from_the_version_that_was_shown_and_ends_with_the_last_edit() {
        let draft = type_in(Part::Code, "print(2)\r\n", None).unwrap();
        assert_eq!((draft.base_version, draft.base.as_str()), (5, "raw"));
        assert_eq!(draft.code.as_deref(), Some("print(2)\r\n"));
        assert_eq!((&draft.packages, &draft.parameters), (&None, &None));
        let draft = type_in(Part::Packages, "b", Some(draft));
        let draft = type_in(Part::Code, "print(1)\r\n", draft).unwrap();
        assert_eq!(draft.code, None);
        assert_eq!(draft.packages, Some(vec!["b".to_owned()]));
        assert_eq!(
            type_in(Part::Packages, "pandas==2.2.0\nb", Some(draft)),
            None
        );
    }

    #[test]
    fn a_draft_keeps_the_version_that_it_began_from() {
        let old = Draft {
            base_version: 3,
            base: "old".to_owned(),
            code: Some("x".to_owned()),
            packages: None,
            parameters: None,
        };
        let draft = type_in(Part::Code, "xy", Some(old)).unwrap();
        assert_eq!((draft.base_version, draft.base.as_str()), (3, "old"));
    }

    #[test]
    fn packages_are_the_lines_that_are_not_blank() {
        for (text, packages) in [
            ("a\n\n  b == 1 \r\n", Some(vec!["a", "b == 1"])),
            ("", Some(vec![])),
            ("pandas==2.2.0\n\n b", None),
        ] {
            let draft = type_in(Part::Packages, text, None);
            let packages = packages.map(|it| it.into_iter().map(str::to_owned).collect());
            assert_eq!(draft.and_then(|it| it.packages), packages, "{text:?}");
        }
    }

    #[test]
    fn another_layout_of_the_parameters_is_no_edit() {
        let shown = Part::Parameters.text(&view(), None);
        assert_eq!(shown, "{\n  \"rate\": 1.0,\n  \"name\": \"\\u00e9\"\n}");
        assert_eq!(type_in(Part::Parameters, &shown, None), None);
        assert_eq!(type_in(Part::Parameters, &view().parameters, None), None);
        let other = shown.replace("1.0", "1");
        let draft = type_in(Part::Parameters, &other, None).unwrap();
        assert_eq!(Part::Parameters.text(&view(), Some(&draft)), other);
        assert_eq!(mistake(&draft), None);
    }

    #[test]
    fn a_mistake_is_told_with_its_place() {
        let draft = type_in(Part::Parameters, "{\n  \"a\": 1,\n}", None).unwrap();
        assert_eq!(
            mistake_words(&mistake(&draft).unwrap()),
            "Parameters, line 3, column 1: The comma before this } is one too many."
        );
    }

    #[test]
    fn what_is_edited_is_told() {
        let code = type_in(Part::Code, "x", None);
        assert_eq!(
            edited_words(code.as_ref().unwrap()),
            "Code edited, on version 5."
        );
        let more = type_in(Part::Parameters, "{}", code);
        assert_eq!(
            edited_words(more.as_ref().unwrap()),
            "Code and parameters edited, on version 5."
        );
        let all = type_in(Part::Packages, "", more).unwrap();
        assert_eq!(
            edited_words(&all),
            "Code, packages and parameters edited, on version 5."
        );
    }
}
