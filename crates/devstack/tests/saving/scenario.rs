//! What happens in one interleaving, from a seed.

use serde_json::{Value, json};

/// Keys of the user parameters that both sides write.
pub(crate) const KEYS: [&str; 4] = ["a", "b", "c", "#s"];

/// One interleaving.
#[derive(Debug)]
pub(crate) struct Scenario {
    pub(crate) seed: u64,
    /// Our edits: a key, and its new value as a JSON text.
    pub(crate) edits: Vec<(&'static str, String)>,
    /// What a person chooses in every conflict.
    pub(crate) keeps_mine: bool,
    /// Bodies of the control API's `write`.
    pub(crate) writers: Vec<Value>,
    /// Bodies of the control API's `faults`.
    pub(crate) faults: Vec<Value>,
    /// The plaintext that must not be seen anywhere.
    pub(crate) secret: String,
}

/// Numbers from a seed (SplitMix64).
struct Dice(u64);

impl Dice {
    fn below(&mut self, sides: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        usize::try_from((z ^ (z >> 31)) % sides as u64).unwrap()
    }

    fn pick<T: Copy>(&mut self, of: &[T]) -> T {
        of[self.below(of.len())]
    }
}

impl Scenario {
    pub(crate) fn of(seed: u64) -> Self {
        let mut dice = Dice(seed);
        let secret = format!("hunter-{seed}-{}", dice.below(1_000_000));
        let mut edits = Vec::new();
        for key in KEYS {
            if dice.below(2) == 0 {
                let value = match key {
                    "#s" => json!(secret).to_string(),
                    _ => format!("{}.0", dice.below(4)),
                };
                edits.push((key, value));
            }
        }
        if edits.is_empty() {
            edits.push(("a", "7.0".to_owned()));
        }
        let writers = (0..dice.below(4)).map(|_| writer(&mut dice)).collect();
        let faults = (0..dice.below(3)).map(|_| fault(&mut dice)).collect();
        Self {
            seed,
            edits,
            keeps_mine: dice.below(2) == 0,
            writers,
            faults,
            secret,
        }
    }
}

fn writer(dice: &mut Dice) -> Value {
    let key = dice.pick(&["a", "b", "c"]);
    let path = match dice.below(6) {
        0 => "parameters.code".to_owned(),
        1 => "storage.input.note".to_owned(),
        _ => format!("parameters.user_properties.{key}"),
    };
    let mut body = json!({
        "author": "anna@x.test",
        "when": dice.pick(&["after_read", "before_write", "after_write"]),
        "after": dice.below(2),
    });
    let fields = body.as_object_mut().unwrap();
    match dice.below(5) {
        0 => fields.insert("remove".to_owned(), json!([path])),
        _ => fields.insert("set".to_owned(), json!({path: dice.below(4)})),
    };
    // A page that was opened long ago.
    if dice.below(3) == 0 {
        fields.insert("from_version".to_owned(), json!(1));
    }
    body
}

fn fault(dice: &mut Dice) -> Value {
    let (host, method, path, kind) = match dice.below(9) {
        0 | 1 => ("connection.*", "PUT", "*/configs/*", "lost_answer"),
        2 => ("connection.*", "PUT", "*/configs/*", "reset"),
        3 => ("connection.*", "PUT", "*/configs/*", "version_conflict"),
        4 => ("connection.*", "PUT", "*/configs/*", "server_error"),
        5 | 6 => ("connection.*", "GET", "*/configs/*", "unavailable"),
        7 => ("encryption.*", "POST", "/encrypt", "plaintext_back"),
        _ => ("encryption.*", "POST", "/encrypt", "unavailable"),
    };
    // A read is repeated by itself: only many failures in a row are seen.
    let (after, times) = match method {
        "GET" => (dice.below(4), 1 + dice.below(12)),
        _ => (0, 1 + dice.below(3)),
    };
    json!({
        "host": host, "method": method, "path": path, "kind": kind, "after": after,
        "times": times, "retry_after_s": 0,
    })
}
