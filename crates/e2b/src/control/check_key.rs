//! Does the key work? Asked with a list of one, which creates nothing and costs nothing.

use http::Method;
use transport::Http;

use super::{Control, parse};
use crate::E2bError;

/// A key that works.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KeyCheck {
    /// How many sandboxes of the team run now, when the service says so.
    pub running: Option<u32>,
}

impl<H: Http> Control<'_, H> {
    /// Tries the key (reference/e2b.md §2.6). No other query is sent: OpenKruise takes unknown ones
    /// for filters.
    ///
    /// # Errors
    /// [`E2bError::InvalidKey`] and [`E2bError::Blocked`] are about the key, all others are not;
    /// [`E2bError::NoApi`] when the address is no API's.
    pub async fn check_key(&self) -> Result<KeyCheck, E2bError> {
        let reply = self.call(Method::GET, "/v2/sandboxes?limit=1").await?;
        if !reply.status().is_success() {
            return Err(E2bError::of_collection(&reply));
        }
        // A portal's page with status 200 must not make a key valid.
        parse::<Vec<serde_json::Value>>(&reply)?;
        let running = reply.headers().get("x-total-running");
        let running = running.and_then(|value| value.to_str().ok()?.parse().ok());
        Ok(KeyCheck { running })
    }
}

#[cfg(test)]
mod tests {
    use transport::HttpError;
    use transport::testing::Script;

    use super::*;
    use crate::control::testing::with;

    #[test]
    fn the_list_of_one_tells_a_key_that_works() {
        let script = Script::new()
            .reply_with(200, &[("x-total-running", "3")], "[]")
            .reply(200, "[]");
        let check = with(&script, async |control| control.check_key().await);
        assert_eq!(check, Ok(KeyCheck { running: Some(3) }));
        let check = with(&script, async |control| control.check_key().await);
        assert_eq!(check, Ok(KeyCheck { running: None }));
        assert_eq!(
            script.written()[0],
            "GET https://api.e2b.app/v2/sandboxes?limit=1\naccept: application/json\nx-api-key: test-key"
        );
    }

    #[test]
    fn invalid_blocked_and_unreachable_are_told_apart() {
        let script = Script::new()
            .reply(401, r#"{"code":401,"message":"Invalid API key"}"#)
            .reply(403, r#"{"code":403,"message":"Team is blocked"}"#)
            .reply(200, "<html>Welcome to the hotel</html>")
            .reply(404, "404 page not found")
            .fail(HttpError::Unreachable("dns".into()));
        let mut errors = Vec::new();
        while script.left() > 0 {
            errors.push(with(&script, async |control| control.check_key().await).unwrap_err());
        }
        assert_eq!(errors[0], E2bError::InvalidKey);
        assert_eq!(
            errors[1],
            E2bError::Blocked {
                message: "Team is blocked".into()
            }
        );
        assert!(
            matches!(&errors[2], E2bError::UnexpectedReply { what } if what.starts_with("an HTML page") && !what.contains("hotel")),
            "{:?}",
            errors[2]
        );
        assert_eq!(
            errors[3],
            E2bError::NoApi {
                message: "404 page not found".into()
            }
        );
        assert_eq!(errors[4], E2bError::Unreachable("dns".into()));
    }
}
