//! Texts of configurations.

use proptest::prelude::*;

/// Fields that are changed.
pub(crate) const NAMES: [&str; 8] = [
    "code",
    "packages",
    "venv",
    "#e2b_api_key",
    "e2b_template",
    "e2b_timeout",
    "debug",
    "with \"quotes\"",
];

/// Where objects belong.
pub(crate) const CONTAINERS: [&[&str]; 4] = [
    &["parameters"],
    &["parameters", "user_properties"],
    &["storage"],
    &["runtime"],
];

/// Keys of other objects as they are spelled; no two are the same key.
const KEYS: [&str; 11] = [
    r#""a""#,
    r#""parameters""#,
    r#""code""#,
    r##""#secret""##,
    r#""e2b_template""#,
    r#""\u00e9""#,
    r#""\ud83d\ude00 \/""#,
    r#""""#,
    r#""a.b""#,
    r#""\"},{""#,
    r#""0""#,
];

/// Blanks where JSON allows them.
fn blank() -> impl Strategy<Value = String> {
    prop_oneof![
        4 => Just(String::new()),
        1 => prop::collection::vec(prop::sample::select(vec![" ", "\n", "\t", "\r\n"]), 1..4)
            .prop_map(|it| it.concat()),
    ]
}

fn number() -> impl Strategy<Value = String> {
    prop_oneof![
        any::<i64>().prop_map(|it| it.to_string()),
        any::<u64>().prop_map(|it| it.to_string()),
        (any::<i32>(), 0..999_u32, -40..40_i32)
            .prop_map(|(whole, part, power)| format!("{whole}.{part:03}0E{power:+}")),
        prop::sample::select(vec![
            "-0", "0.0", "1.0", "1e5", "1E+05", "-2.50e-3", "1e400"
        ])
        .prop_map(str::to_owned),
        "[1-9][0-9]{20,40}",
    ]
}

/// A text in its quotes: plain letters of any script, and escapes of every kind.
fn string() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        any::<char>().prop_map(|it| match it {
            '"' | '\\' => format!("\\{it}"),
            it if u32::from(it) < 0x20 => format!("\\u{:04x}", u32::from(it)),
            it => it.to_string(),
        }),
        prop::sample::select(vec![
            r"\n",
            r"\t",
            r"\u0041",
            r"\u00e9",
            r"\u00E9",
            r"\ud83d\ude00",
            r"\/",
            r"\\",
            r#"\""#,
            "{",
            "}",
            "[",
            "]",
            ",",
            ":",
            "KBC::",
            "{{ v }}",
        ])
        .prop_map(str::to_owned),
    ];
    prop::collection::vec(piece, 0..8).prop_map(|it| format!("\"{}\"", it.concat()))
}

/// A JSON text.
pub(crate) fn json_value() -> impl Strategy<Value = String> {
    let scalar = prop_oneof![
        3 => number(),
        3 => string(),
        1 => prop::sample::select(vec!["true", "false", "null"]).prop_map(str::to_owned),
    ];
    scalar.prop_recursive(5, 24, 4, |inner| {
        let item = (blank(), inner.clone(), blank());
        prop_oneof![
            (blank(), prop::collection::vec(item, 0..4)).prop_map(|(empty, items)| {
                let items: Vec<_> = items
                    .iter()
                    .map(|(a, it, b)| format!("{a}{it}{b}"))
                    .collect();
                match items.is_empty() {
                    true => format!("[{empty}]"),
                    false => format!("[{}]", items.join(",")),
                }
            }),
            members(inner).prop_flat_map(object),
        ]
    })
}

/// Members with keys of [`KEYS`].
fn members(value: impl Strategy<Value = String>) -> impl Strategy<Value = Vec<(String, String)>> {
    let keys = prop::sample::subsequence(KEYS.to_vec(), 0..5).prop_shuffle();
    (keys, prop::collection::vec(value, 5)).prop_map(|(keys, values)| {
        let keys = keys.into_iter().map(str::to_owned);
        keys.zip(values).collect()
    })
}

/// An object with blanks everywhere.
fn object(members: Vec<(String, String)>) -> impl Strategy<Value = String> {
    let blanks = prop::collection::vec((blank(), blank(), blank(), blank()), members.len());
    (blanks, blank()).prop_map(move |(blanks, empty)| {
        let all: Vec<_> = members
            .iter()
            .zip(&blanks)
            .map(|((key, value), (a, b, c, d))| format!("{a}{key}{b}:{c}{value}{d}"))
            .collect();
        match all.is_empty() {
            true => format!("{{{empty}}}"),
            false => format!("{{{}}}", all.join(",")),
        }
    })
}

/// An object of some of these members with others between them, or what PHP makes of an empty one.
fn container(own: Vec<(&'static str, BoxedStrategy<String>)>) -> BoxedStrategy<String> {
    let (keys, values): (Vec<_>, Vec<_>) = own.into_iter().unzip();
    let some = prop::collection::vec(prop::bool::weighted(0.7), keys.len());
    let full = (values, some, members(json_value()))
        .prop_map(move |(values, some, others)| {
            // What is not chosen of them is not there under another shape either.
            let is_other = |key: &str| !keys.iter().any(|own| quoted(own) == key);
            let others = others.into_iter().filter(|(key, _)| is_other(key));
            let own = keys.iter().zip(values).zip(some).filter(|(_, it)| *it);
            let own = own.map(|((key, value), _)| (quoted(key), value));
            let all: Vec<_> = own.chain(others).collect();
            all
        })
        .prop_shuffle()
        .prop_flat_map(object);
    prop_oneof![
        5 => full,
        1 => blank().prop_map(|it| format!("[{it}]")),
    ]
    .boxed()
}

fn quoted(key: &str) -> String {
    serde_json::Value::from(key).to_string()
}

/// The text of a configuration, as Storage might give it.
pub(crate) fn configuration() -> impl Strategy<Value = String> {
    let value = || json_value().boxed();
    let properties = NAMES[3..].iter().map(|key| (*key, value())).collect();
    let parameters = vec![
        ("code", string().boxed()),
        ("packages", value()),
        ("venv", string().boxed()),
        ("source", string().boxed()),
        ("user_properties", container(properties)),
    ];
    let whole = container(vec![
        ("parameters", container(parameters)),
        ("storage", container(Vec::new())),
        ("runtime", container(Vec::new())),
        ("processors", value()),
    ]);
    (blank(), whole, blank()).prop_map(|(before, whole, after)| format!("{before}{whole}{after}"))
}
