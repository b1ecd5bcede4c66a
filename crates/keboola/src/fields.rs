//! The fields of a configuration that a person edits here, and what two people changed of them.
//!
//! Code, packages, environment, and each user parameter by itself: two that change different ones
//! are not in each other's way.

use crate::document::{Document, DocumentError, same_content};

/// A field.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Field {
    /// `parameters.code`.
    Code,
    /// `parameters.packages`.
    Packages,
    /// `parameters.venv`.
    Venv,
    /// A key of `parameters.user_properties`.
    Parameter(String),
}

/// Fields with their values as JSON texts, in the order of the configuration; what is not there has
/// no value.
pub type Fields = Vec<(Field, String)>;

/// A field with its new value; `None` removes it.
pub type Edit = (Field, Option<String>);

impl Field {
    /// How it is called: `code`, `packages`, `venv`, `user_properties.{key}`.
    #[must_use]
    pub fn name(&self) -> String {
        match self {
            Self::Code => "code".to_owned(),
            Self::Packages => "packages".to_owned(),
            Self::Venv => "venv".to_owned(),
            Self::Parameter(key) => format!("{PARAMETER}{key}"),
        }
    }

    /// The field that is called so.
    #[must_use]
    pub fn of_name(name: &str) -> Option<Self> {
        Some(match name {
            "code" => Self::Code,
            "packages" => Self::Packages,
            "venv" => Self::Venv,
            other => Self::Parameter(other.strip_prefix(PARAMETER)?.to_owned()),
        })
    }

    /// Where it stands.
    fn path(&self) -> Vec<&str> {
        match self {
            Self::Code => vec!["parameters", "code"],
            Self::Packages => vec!["parameters", "packages"],
            Self::Venv => vec!["parameters", "venv"],
            Self::Parameter(key) => vec!["parameters", "user_properties", key],
        }
    }

    /// Its value as a JSON text.
    #[must_use]
    pub fn of<'a>(&self, document: &'a Document) -> Option<&'a str> {
        document.get(&self.path())
    }
}

const PARAMETER: &str = "user_properties.";

/// Where objects belong that PHP gives back as empty lists.
const OBJECTS: [&[&str]; 4] = [
    &["parameters"],
    &["parameters", "user_properties"],
    &["storage"],
    &["runtime"],
];

/// The fields of a configuration.
#[must_use]
pub fn fields(document: &Document) -> Fields {
    let fixed = [Field::Code, Field::Packages, Field::Venv];
    let fixed = fixed.into_iter().filter_map(|field| {
        let value = field.of(document)?.to_owned();
        Some((field, value))
    });
    let parameters = document.members(&["parameters", "user_properties"]);
    let parameters = parameters
        .into_iter()
        .map(|(key, value)| (Field::Parameter(key), value.to_owned()));
    fixed.chain(parameters).collect()
}

/// A field that is going to be written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// Which.
    pub field: Field,
    /// As it is in Storage; `None` where there is none.
    pub before: Option<String>,
    /// As it is going to be; `None` removes it.
    pub after: Option<String>,
}

/// A field that was changed on both sides, and not to the same.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Conflict {
    /// Which.
    pub field: Field,
    /// What both began from.
    pub base: Option<String>,
    /// What is in Storage now.
    pub theirs: Option<String>,
    /// What this side wants.
    pub mine: Option<String>,
}

/// What two sides make together.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Merge {
    /// What is written.
    pub changes: Vec<Change>,
    /// What a person must choose of.
    pub conflicts: Vec<Conflict>,
}

/// Which side of a conflict is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Keep {
    /// What is in Storage stays.
    Theirs,
    /// What this side wants is written.
    Mine,
}

/// Merges edits that began from `base` into `theirs`. Values are compared by their content.
#[must_use]
pub fn merge(base: &Document, theirs: &Document, mine: &[Edit]) -> Merge {
    let mut merge = Merge::default();
    for (field, wanted) in mine {
        let (before, now) = (field.of(base), field.of(theirs));
        let wanted = wanted.as_deref();
        if same(before, wanted) || same(now, wanted) {
            continue;
        }
        let text = |value: Option<&str>| value.map(str::to_owned);
        if same(before, now) {
            merge.changes.push(Change {
                field: field.clone(),
                before: text(now),
                after: text(wanted),
            });
        } else {
            merge.conflicts.push(Conflict {
                field: field.clone(),
                base: text(before),
                theirs: text(now),
                mine: text(wanted),
            });
        }
    }
    merge
}

fn same(one: Option<&str>, other: Option<&str>) -> bool {
    match (one, other) {
        (None, None) => true,
        (Some(one), Some(other)) => same_content(one, other),
        _ => false,
    }
}

impl Merge {
    /// What is written once the conflicts are decided.
    ///
    /// # Errors
    /// A conflict of which nothing was chosen.
    pub fn decided(
        &self,
        choice: impl Fn(&Field) -> Option<Keep>,
    ) -> Result<Vec<Change>, &Conflict> {
        let mut changes = self.changes.clone();
        for conflict in &self.conflicts {
            match choice(&conflict.field).ok_or(conflict)? {
                Keep::Theirs => {}
                Keep::Mine => changes.push(Change {
                    field: conflict.field.clone(),
                    before: conflict.theirs.clone(),
                    after: conflict.mine.clone(),
                }),
            }
        }
        Ok(changes)
    }

    /// Whether nothing is to be done.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.changes.is_empty() && self.conflicts.is_empty()
    }
}

/// `document` with the changes in it.
///
/// # Errors
/// Where it is not the shape of a configuration.
pub fn apply(document: &Document, changes: &[Change]) -> Result<Document, DocumentError> {
    let mut changed = document.clone().with_objects(&OBJECTS);
    for change in changes {
        let path = change.field.path();
        changed = match &change.after {
            Some(value) => changed.set(&path, value)?,
            None => changed.remove(&path)?,
        };
    }
    Ok(changed)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn document(text: &str) -> Document {
        Document::parse(text).unwrap()
    }

    fn properties(inside: &str) -> Document {
        document(&format!(
            r#"{{"parameters":{{"user_properties":{inside}}}}}"#
        ))
    }

    fn parameter(key: &str) -> Field {
        Field::Parameter(key.to_owned())
    }

    #[test]
    fn fields_in_the_order_of_the_configuration() {
        let text = r##"{"storage":{},"parameters":{"user_properties":{"b":1.0,"#a":"x"},
            "packages":["p"],"code":"print(1)\n"}}"##;
        let found: Vec<_> = fields(&document(text))
            .into_iter()
            .map(|(field, value)| (field.name(), value))
            .collect();
        let wanted = [
            ("code", r#""print(1)\n""#),
            ("packages", r#"["p"]"#),
            ("user_properties.b", "1.0"),
            ("user_properties.#a", r#""x""#),
        ];
        assert_eq!(found, wanted.map(|(a, b)| (a.to_owned(), b.to_owned())));
        assert!(fields(&document(r#"{"parameters":[]}"#)).is_empty());
    }

    #[test]
    fn a_name_leads_back_to_its_field() {
        for field in [
            Field::Code,
            Field::Packages,
            Field::Venv,
            parameter("a.b"),
            parameter(""),
        ] {
            assert_eq!(Field::of_name(&field.name()), Some(field));
        }
        assert_eq!(Field::of_name("storage"), None);
    }

    #[test]
    fn who_changed_what() {
        let some = |text: &str| Some(text.to_owned());
        for (base, theirs, mine, changes, conflicts) in [
            // Nobody, I alone, they alone, both the same, both differently.
            (r#"{"a":1}"#, r#"{"a":1}"#, some("1"), 0, 0),
            (r#"{"a":1}"#, r#"{"a":1}"#, some("2"), 1, 0),
            (r#"{"a":1}"#, r#"{"a":2}"#, some("1"), 0, 0),
            (r#"{"a":1}"#, r#"{"a":2}"#, some("2.0"), 0, 0),
            (r#"{"a":1}"#, r#"{"a":2}"#, some("3"), 0, 1),
            // Added and removed.
            ("{}", "{}", some("1"), 1, 0),
            ("[]", r#"{"a":2}"#, some("1"), 0, 1),
            (r#"{"a":1}"#, r#"{"a":1}"#, None, 1, 0),
            (r#"{"a":1}"#, "[]", None, 0, 0),
            (r#"{"a":1}"#, r#"{"a":2}"#, None, 0, 1),
            (r#"{"a":1}"#, "{}", some("2"), 0, 1),
        ] {
            let edits = [(parameter("a"), mine.clone())];
            let made = merge(&properties(base), &properties(theirs), &edits);
            let counts = (made.changes.len(), made.conflicts.len());
            assert_eq!(counts, (changes, conflicts), "{base} {theirs} {mine:?}");
        }
    }

    #[test]
    fn a_conflict_needs_a_choice() {
        let edits = [(parameter("a"), Some("3".to_owned()))];
        let base = properties(r#"{"a":1}"#);
        let theirs = properties(r#"{"a":2}"#);
        let made = merge(&base, &theirs, &edits);
        assert_eq!(made.decided(|_| None).unwrap_err().field, parameter("a"));
        assert_eq!(made.decided(|_| Some(Keep::Theirs)), Ok(Vec::new()));
        let mine = made.decided(|_| Some(Keep::Mine)).unwrap();
        let after = apply(&theirs, &mine).unwrap();
        assert_eq!(parameter("a").of(&after), Some("3"));
    }

    #[test]
    fn changes_go_into_what_php_left_of_empty_objects() {
        let changes = [Change {
            field: parameter("e2b_template"),
            before: None,
            after: Some(r#""base""#.to_owned()),
        }];
        let text = r#"{"parameters":{"user_properties":[],"code":"x"},"storage":[],"x":[]}"#;
        let after = apply(&document(text), &changes).unwrap();
        let wanted = r#"{"parameters":{"user_properties":{"e2b_template":"base"},"code":"x"},"storage":{},"x":[]}"#;
        assert_eq!(after.text(), wanted);
        let after = apply(&document("[]"), &changes).unwrap();
        let wanted = r#"{"parameters":{"user_properties":{"e2b_template":"base"}}}"#;
        assert_eq!(after.text(), wanted);
    }

    fn side() -> impl Strategy<Value = Document> {
        let value = prop::option::of(0..3_u8);
        [value.clone(), value.clone(), value].prop_map(|values| {
            let members: Vec<_> = ["a", "b", "c"]
                .iter()
                .zip(values)
                .filter_map(|(key, value)| Some(format!(r#""{key}":{}"#, value?)))
                .collect();
            properties(&format!("{{{}}}", members.join(",")))
        })
    }

    /// The edits that lead from one side to another.
    fn edits(from: &Document, to: &Document) -> Vec<Edit> {
        ["a", "b", "c"]
            .map(|key| (parameter(key), parameter(key).of(to).map(str::to_owned)))
            .into_iter()
            .filter(|(field, value)| field.of(from) != value.as_deref())
            .collect()
    }

    proptest! {
        /// Of every field: who alone changed it gets their way, and nobody's change is passed over
        /// without a conflict.
        #[test]
        fn nobody_is_passed_over(base in side(), theirs in side(), mine in side()) {
            let made = merge(&base, &theirs, &edits(&base, &mine));
            let after = apply(&theirs, &made.changes).unwrap();
            for key in ["a", "b", "c"] {
                let field = parameter(key);
                let [was, they, i, now] = [&base, &theirs, &mine, &after].map(|it| field.of(it));
                let in_conflict = made.conflicts.iter().any(|it| it.field == field);
                let wanted = match (they == was, i == was) {
                    (true, _) => i,
                    (false, true) => they,
                    (false, false) => they,
                };
                prop_assert_eq!(now, wanted);
                prop_assert_eq!(in_conflict, they != was && i != was && they != i);
            }
        }

        /// With every conflict decided for one side, that side's changes are all there.
        #[test]
        fn overwriting_keeps_all_of_mine(base in side(), theirs in side(), mine in side()) {
            let made = merge(&base, &theirs, &edits(&base, &mine));
            let changes = made.decided(|_| Some(Keep::Mine)).unwrap();
            let after = apply(&theirs, &changes).unwrap();
            for (field, value) in edits(&base, &mine) {
                prop_assert_eq!(field.of(&after), value.as_deref());
            }
        }
    }
}
