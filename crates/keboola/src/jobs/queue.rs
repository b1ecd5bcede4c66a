//! The queue of a stack, as a token sees it (reference §6).

use bytes::Bytes;
use http::Method;
use serde::de::DeserializeOwned;
use serde_json::json;
use transport::Http;

use super::job::{Job, JobMode, JobWire};
use crate::client::{escape, exchange, parse, text};
use crate::error::KeboolaError;
use crate::token::StorageToken;

/// The jobs of one configuration.
#[derive(Debug)]
pub struct Queue<'a, H> {
    /// The carrier.
    pub http: &'a H,
    /// Where the service is, without a slash at its end.
    pub url: String,
    /// Whose rights count.
    pub token: &'a StorageToken,
    /// Of which component.
    pub component: &'a str,
    /// Of which configuration.
    pub configuration: &'a str,
    /// In which development branch; `None` is production.
    pub branch: Option<&'a str>,
    /// Id of production's own branch, which its jobs may name; unknown, jobs of all branches are
    /// taken for production's.
    pub production: Option<String>,
}

impl<H: Http> Queue<'_, H> {
    /// Starts a job with the configuration as it is saved. Never repeated by itself, but when it was
    /// turned away: see [`Queue::start`].
    ///
    /// # Errors
    /// When it is not known whether it was started, too: [`KeboolaError::Unreachable`] and the like.
    pub(crate) async fn create(&self, mode: JobMode) -> Result<Job, KeboolaError> {
        let mut body = json!({
            "component": self.component,
            "config": self.configuration,
            "mode": mode.word(),
        });
        if let Some(branch) = self.branch {
            body["branchId"] = branch.into();
        }
        let wire: JobWire = self
            .ask(Method::POST, "jobs", Some(text(&body)), "new job")
            .await?;
        wire.read()
    }

    /// Reads one job.
    ///
    /// # Errors
    /// [`KeboolaError::NotFound`] when the project has no such job.
    pub async fn read(&self, id: &str) -> Result<Job, KeboolaError> {
        let path = format!("jobs/{}", escape(id));
        let wire: JobWire = self.ask(Method::GET, &path, None, "job").await?;
        wire.read()
    }

    /// The configuration's jobs, newest first: those of the branch among the `limit` newest of all.
    ///
    /// # Errors
    /// When the queue does not answer or refuses.
    pub async fn list(&self, limit: u32) -> Result<Vec<Job>, KeboolaError> {
        let path = format!(
            "search/jobs?component={}&config={}&limit={limit}&sortBy=id&sortOrder=desc",
            escape(self.component),
            escape(self.configuration),
        );
        let all: Vec<JobWire> = self.ask(Method::GET, &path, None, "list of jobs").await?;
        let all: Result<Vec<Job>, _> = all.into_iter().map(JobWire::read).collect();
        let mut all = all?;
        // By whatever the queue sorts: what was taken down last comes first.
        all.sort_by_key(|job| std::cmp::Reverse(job.created_ms));
        all.retain(|job| self.is_of_branch(job));
        Ok(all)
    }

    /// Asks for the end of a job that is not over.
    ///
    /// # Errors
    /// [`KeboolaError::Refused`] with 400 when it is over, or being ended, already.
    pub async fn kill(&self, id: &str) -> Result<Job, KeboolaError> {
        let path = format!("jobs/{}/kill", escape(id));
        let wire: JobWire = self.ask(Method::POST, &path, None, "job to end").await?;
        wire.read()
    }

    fn is_of_branch(&self, job: &Job) -> bool {
        match (self.branch, job.branch.as_deref(), &self.production) {
            (Some(own), of, _) => of == Some(own),
            (None, Some(of), Some(production)) => of == production,
            (None, _, _) => true,
        }
    }

    async fn ask<T: DeserializeOwned>(
        &self,
        method: Method,
        path: &str,
        body: Option<Bytes>,
        what: &'static str,
    ) -> Result<T, KeboolaError> {
        let url = format!("{}/{path}", self.url);
        let reply = exchange(self.http, self.token, method, &url, body).await?;
        parse(&reply, what)
    }
}

#[cfg(test)]
mod tests {
    use futures::executor::block_on;
    use transport::testing::Script;

    use super::*;

    #[test]
    fn what_is_asked_of_the_queue() {
        let token = StorageToken::parse("1-2-abcdefghij").unwrap();
        let job = r#"{"id":"5","status":"created"}"#;
        let list = r#"[{"id":"4","status":"error","branchId":7,"createdTime":"2026-03-15T03:09:26Z"},
                       {"id":"3","status":"error","branchId":8},
                       {"id":"5","status":"created","branchId":"7","createdTime":"2026-03-15T03:09:27Z"}]"#;
        let http = Script::new()
            .reply(201, job)
            .reply(201, job)
            .reply(200, list)
            .reply(200, job)
            .reply(202, job);
        let mut queue = Queue {
            http: &http,
            url: "https://queue.keboola.com".to_owned(),
            token: &token,
            component: "c",
            configuration: "9/9",
            branch: None,
            production: None,
        };
        block_on(queue.create(JobMode::Run)).unwrap();
        queue.branch = Some("7");
        block_on(queue.create(JobMode::Debug)).unwrap();
        let listed = block_on(queue.list(20)).unwrap();
        let ids: Vec<_> = listed.iter().map(|job| &*job.id).collect();
        assert_eq!(ids, ["5", "4"]);
        block_on(queue.read("5/6")).unwrap();
        block_on(queue.kill("5")).unwrap();
        let asked = http.written();
        let lines: Vec<_> = asked.iter().map(|it| it.lines().next().unwrap()).collect();
        assert_eq!(
            lines,
            [
                "POST https://queue.keboola.com/jobs",
                "POST https://queue.keboola.com/jobs",
                "GET https://queue.keboola.com/search/jobs?component=c&config=9%2F9&limit=20&sortBy=id&sortOrder=desc",
                "GET https://queue.keboola.com/jobs/5%2F6",
                "POST https://queue.keboola.com/jobs/5/kill",
            ]
        );
        let bodies: Vec<_> = asked.iter().map(|it| it.lines().last().unwrap()).collect();
        assert_eq!(
            bodies[0],
            r#"{"component":"c","config":"9/9","mode":"run"}"#
        );
        assert_eq!(
            bodies[1],
            r#"{"component":"c","config":"9/9","mode":"debug","branchId":"7"}"#
        );
    }

    #[test]
    fn jobs_of_other_branches_are_left_out() {
        let token = StorageToken::parse("1-2-abcdefghij").unwrap();
        let all = r#"[{"id":"1","status":"error"},{"id":"2","status":"error","branchId":"7"},
                      {"id":"3","status":"error","branchId":3}]"#;
        for (branch, production, ids) in [
            (Some("7"), Some("3"), vec!["2"]),
            (Some("8"), None, vec![]),
            (None, Some("3"), vec!["1", "3"]),
            (None, None, vec!["1", "2", "3"]),
        ] {
            let http = Script::new().reply(200, all);
            let queue = Queue {
                http: &http,
                url: "https://queue.keboola.com".to_owned(),
                token: &token,
                component: "c",
                configuration: "9",
                branch,
                production: production.map(str::to_owned),
            };
            let listed = block_on(queue.list(20)).unwrap();
            let told: Vec<_> = listed.iter().map(|job| &*job.id).collect();
            assert_eq!(told, ids, "{branch:?} {production:?}");
        }
    }
}
