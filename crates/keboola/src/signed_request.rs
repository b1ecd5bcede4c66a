//! Requests that carry their own permission.

/// A request that carries its own permission. Whoever holds it may do what it says.
#[derive(Clone, PartialEq, Eq)]
pub struct SignedRequest {
    /// HTTP method.
    pub method: http::Method,
    /// The permission may stand in its query.
    pub url: String,
    /// To be sent exactly so: they are part of the permission.
    pub headers: Vec<(String, String)>,
}

impl std::fmt::Debug for SignedRequest {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // Secret are the query and the headers.
        let place = self.url.split('?').next().unwrap_or_default();
        write!(formatter, "SignedRequest({} {place})", self.method)
    }
}
