//! Whether two texts say the same: what Storage gives back is not what was sent byte for byte.

use serde_json::{Map, Number, Value};

/// Whether two JSON texts have the same content: objects whatever the order of their keys, numbers by
/// their value, an empty list as an empty object (PHP makes one of the other).
#[must_use]
pub fn same_content(one: &str, other: &str) -> bool {
    let read = |text| serde_json::from_str::<Value>(text);
    match (read(one), read(other)) {
        (Ok(one), Ok(other)) => same(&one, &other),
        _ => false,
    }
}

fn same(one: &Value, other: &Value) -> bool {
    match (one, other) {
        (Value::Object(one), Value::Object(other)) => same_members(one, other),
        (Value::Array(one), Value::Array(other)) => {
            one.len() == other.len() && one.iter().zip(other).all(|(one, other)| same(one, other))
        }
        (Value::Number(one), Value::Number(other)) => same_number(one, other),
        (Value::Object(map), Value::Array(list)) | (Value::Array(list), Value::Object(map)) => {
            map.is_empty() && list.is_empty()
        }
        _ => one == other,
    }
}

fn same_members(one: &Map<String, Value>, other: &Map<String, Value>) -> bool {
    one.len() == other.len()
        && one
            .iter()
            .all(|(key, value)| other.get(key).is_some_and(|it| same(value, it)))
}

/// Numbers by their decimal digits: no float is in between that would make neighbours alike.
fn same_number(one: &Number, other: &Number) -> bool {
    let (one, other) = (one.to_string(), other.to_string());
    match (Decimal::read(&one), Decimal::read(&other)) {
        (Some(one), Some(other)) => one == other,
        _ => one == other,
    }
}

/// A number as its digits without zeros at either end, and the power of ten of the last of them.
#[derive(PartialEq, Eq)]
struct Decimal {
    negative: bool,
    digits: String,
    exponent: i64,
}

impl Decimal {
    /// `None` for an exponent that no `i64` holds.
    fn read(text: &str) -> Option<Self> {
        let (negative, text) = match text.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, text),
        };
        let (mantissa, exponent) = match text.split_once(['e', 'E']) {
            Some((mantissa, exponent)) => (mantissa, exponent.parse::<i64>().ok()?),
            None => (text, 0),
        };
        let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        let digits = format!("{whole}{fraction}");
        let short = digits.trim_end_matches('0');
        let zeros = i64::try_from(digits.len() - short.len()).ok()?;
        let fraction = i64::try_from(fraction.len()).ok()?;
        let digits = short.trim_start_matches('0').to_owned();
        let is_zero = digits.is_empty();
        Some(Self {
            negative: negative && !is_zero,
            exponent: match is_zero {
                true => 0,
                false => exponent.checked_sub(fraction)?.checked_add(zeros)?,
            },
            digits,
        })
    }
}
