//! Finds a sandbox by its marks: what becomes of a create whose answer was lost.

use std::collections::BTreeMap;

use transport::Http;

use super::{Control, ListedSandbox, Sandbox};
use crate::E2bError;

impl<H: Http> Control<'_, H> {
    /// The newest running sandbox that has all of `metadata`, read in full, and as listed with all of
    /// its marks; `None` when there is none
    /// (yet: a create may still be under way on the other side).
    ///
    /// # Errors
    /// See [`E2bError`].
    pub async fn find_by_metadata(
        &self,
        metadata: &BTreeMap<String, String>,
    ) -> Result<Option<(Sandbox, ListedSandbox)>, E2bError> {
        let found = self.list_with(metadata).await?;
        let running = found.into_iter().filter(|sandbox| !sandbox.paused);
        let Some(newest) = running.max_by_key(|sandbox| sandbox.started_at) else {
            return Ok(None);
        };
        match self.get(&newest.id).await {
            Ok(sandbox) => Ok(Some((sandbox, newest))),
            Err(E2bError::NotFound { .. }) => Ok(None),
            Err(error) => Err(error),
        }
    }
}

#[cfg(test)]
mod tests {
    use transport::testing::Script;

    use crate::control::testing::with;

    fn listed(id: &str, started: &str, state: &str) -> String {
        format!(
            r#"{{"sandboxID":"{id}","templateID":"t","startedAt":"2026-11-22T16:{started}:00Z","endAt":"2026-11-22T17:00:00Z","state":"{state}","metadata":{{"run":"7"}}}}"#
        )
    }

    #[test]
    fn the_newest_that_runs_is_read_in_full() {
        let list = [
            listed("old", "01", "running"),
            listed("new", "03", "running"),
            listed("asleep", "04", "paused"),
        ];
        let script = Script::new()
            .reply(200, format!("[{}]", list.join(",")))
            .reply(200, r#"{"sandboxID":"new","templateID":"t","envdVersion":"0.9.1","envdAccessToken":"tok"}"#);
        let run = [("run".to_owned(), "7".to_owned())].into();
        let found = with(&script, async |control| {
            control.find_by_metadata(&run).await
        })
        .unwrap();
        let (sandbox, listed) = found.unwrap();
        assert_eq!(sandbox.id.as_str(), "new");
        assert_eq!(listed.metadata["run"], "7");
    }

    #[test]
    fn none_and_one_that_vanishes_meanwhile_are_none() {
        let run = [("run".to_owned(), "7".to_owned())].into();
        let script = Script::new()
            .reply(200, "[]")
            .reply(200, format!("[{}]", listed("i01", "01", "running")))
            .reply(404, r#"{"message":"gone"}"#);
        for _ in 0..2 {
            let found = with(&script, async |control| {
                control.find_by_metadata(&run).await
            });
            assert_eq!(found, Ok(None));
        }
    }
}
