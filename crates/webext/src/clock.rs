//! Time as the browser tells it.

use js_sys::Date;

/// Milliseconds since 1970.
#[must_use]
pub fn now_ms() -> f64 {
    Date::now()
}

/// Whole milliseconds since 1970.
#[must_use]
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // a date after 1970
pub fn unix_ms() -> u64 {
    Date::now() as u64
}
