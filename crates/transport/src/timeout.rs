//! How long a request may take, told beside it.

use std::time::Duration;

/// Put into the extensions of a request to bound it.
///
/// For [`crate::Http::send`] it is the whole exchange, for [`crate::Http::open`] the time until
/// the reply's head.
///
/// ```
/// use std::time::Duration;
/// use transport::Timeout;
///
/// let request = http::Request::get("https://connection.keboola.com/v2/storage")
///     .extension(Timeout(Duration::from_secs(10)))
///     .body(bytes::Bytes::new())
///     .unwrap();
/// assert_eq!(Timeout::of(&request), Duration::from_secs(10));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Timeout(pub Duration);

impl Timeout {
    /// In force where the request names none.
    pub const DEFAULT: Duration = Duration::from_secs(75);

    /// The time that `request` is allowed.
    #[must_use]
    pub fn of<B>(request: &http::Request<B>) -> Duration {
        request
            .extensions()
            .get::<Self>()
            .map_or(Self::DEFAULT, |timeout| timeout.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_that_names_none_has_the_default() {
        assert_eq!(Timeout::of(&http::Request::new(())), Timeout::DEFAULT);
    }
}
