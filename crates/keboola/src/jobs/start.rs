//! Starting one job and never two: what goes on is found first, and a start whose answer got lost is
//! looked up before another.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use thiserror::Error;
use transport::Http;

use super::job::{Job, JobMode};
use super::queue::Queue;
use crate::error::KeboolaError;

/// Jobs that are looked through for those that go on and for one that was lost.
const LOOKED_THROUGH: u32 = 50;

/// Waits between looks for a job whose start was not answered: the list may be behind.
const LOOKS: [Duration; 3] = [
    Duration::from_millis(0),
    Duration::from_millis(1_500),
    Duration::from_millis(3_000),
];

/// What is written down before a start is asked for, so that it can be looked up whatever happens.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Starting {
    /// `run` or `debug`.
    mode: String,
    /// Jobs that were there already.
    known: Vec<String>,
    /// Id of the token that starts it.
    token: Option<String>,
}

/// What is known of earlier starts.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Earlier {
    /// One that was not answered.
    pub lost: Option<Starting>,
    /// The job of the last one; the queue's list may be behind.
    pub last: Option<String>,
}

/// What stands before a start.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Before {
    /// Nothing: it may be asked for.
    Clear(Starting),
    /// Jobs of this configuration go on that the person has not seen.
    Busy(Vec<Job>),
    /// An earlier start, whose answer got lost, had made this job.
    Found(Box<Job>),
}

/// Why there is no new job that is known of.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum StartError {
    /// None was started.
    #[error("{0}")]
    Refused(KeboolaError),
    /// It cannot be known yet.
    #[error("{0}")]
    Unknown(KeboolaError),
}

impl<H: Http> Queue<'_, H> {
    /// Looks whether a job may be started. `beside` are jobs that go on and that the person wants
    /// another one beside; `token` is the id of the token.
    ///
    /// # Errors
    /// When the queue does not answer or refuses.
    pub async fn before_start(
        &self,
        mode: JobMode,
        token: Option<&str>,
        beside: &[String],
        earlier: &Earlier,
    ) -> Result<Before, KeboolaError> {
        let jobs = self.list(LOOKED_THROUGH).await?;
        if let Some(found) = earlier.lost.as_ref().and_then(|lost| lost.find(&jobs)) {
            return Ok(Before::Found(Box::new(found.clone())));
        }
        let going_on = |job: &&Job| !job.is_finished && !beside.contains(&job.id);
        let mut busy: Vec<Job> = jobs.iter().filter(going_on).cloned().collect();
        if let Some(last) = &earlier.last
            && !jobs.iter().any(|job| job.id == *last)
        {
            let unlisted = self.read(last).await.ok();
            busy.extend(unlisted.as_ref().filter(going_on).cloned());
        }
        if !busy.is_empty() {
            return Ok(Before::Busy(busy));
        }
        Ok(Before::Clear(Starting {
            mode: mode.word().to_owned(),
            known: jobs.into_iter().map(|job| job.id).collect(),
            token: token.map(str::to_owned),
        }))
    }

    /// Starts a job, once; when the answer gets lost, the job is looked for.
    ///
    /// # Errors
    /// [`StartError::Unknown`] when there may be a job all the same: `starting` is to be kept then, for
    /// the next [`Queue::before_start`].
    pub async fn start(&self, mode: JobMode, starting: &Starting) -> Result<Job, StartError> {
        let error = match self.create(mode).await {
            Ok(job) => return Ok(job),
            Err(error) if is_refusal(&error) => return Err(StartError::Refused(error)),
            Err(error) => error,
        };
        for wait in LOOKS {
            if !wait.is_zero() && !self.http.pause(wait).await {
                break;
            }
            let Ok(jobs) = self.list(LOOKED_THROUGH).await else {
                continue;
            };
            if let Some(found) = starting.find(&jobs) {
                return Ok(found.clone());
            }
        }
        Err(StartError::Unknown(error))
    }
}

impl Starting {
    /// The job that this start made. Another's of the same token and mode cannot be told from it, and
    /// need not be: no second one was wanted.
    fn find<'a>(&self, jobs: &'a [Job]) -> Option<&'a Job> {
        jobs.iter().find(|job| {
            let is_own = match (&self.token, &job.token) {
                (Some(own), Some(of)) => own == of,
                _ => true,
            };
            is_own && job.mode == self.mode && !self.known.contains(&job.id)
        })
    }
}

/// Whether an answer says that nothing was done.
fn is_refusal(error: &KeboolaError) -> bool {
    match error {
        KeboolaError::Unauthorized
        | KeboolaError::Forbidden { .. }
        | KeboolaError::NotFound { .. }
        | KeboolaError::RateLimited { .. }
        | KeboolaError::Maintenance { .. } => true,
        KeboolaError::Refused { status, .. } => *status < 500,
        KeboolaError::Unreachable(_)
        | KeboolaError::TimedOut
        | KeboolaError::UnexpectedReply { .. } => false,
    }
}

#[cfg(test)]
mod tests {
    use futures::executor::block_on;
    use transport::HttpError;
    use transport::testing::Script;

    use super::*;
    use crate::token::StorageToken;

    fn queue<'a>(http: &'a Script, token: &'a StorageToken) -> Queue<'a, Script> {
        Queue {
            http,
            url: "https://queue.keboola.com".to_owned(),
            token,
            component: "c",
            configuration: "9",
            branch: None,
            production: None,
        }
    }

    fn token() -> StorageToken {
        StorageToken::parse("1-2-abcdefghij").unwrap()
    }

    fn job(id: u32, status: &str, mode: &str, token: u32) -> String {
        format!(r#"{{"id":"{id}","status":"{status}","mode":"{mode}","token":{{"id":"{token}"}}}}"#)
    }

    fn list(jobs: &[String]) -> String {
        format!("[{}]", jobs.join(","))
    }

    fn starting(known: &[&str]) -> Starting {
        Starting {
            mode: "run".to_owned(),
            known: known.iter().map(|&it| it.to_owned()).collect(),
            token: Some("2".to_owned()),
        }
    }

    #[test]
    fn what_stands_before_a_start() {
        let old = job(1, "success", "run", 2);
        let waits = job(2, "waiting", "run", 8);
        let lost = Earlier {
            lost: Some(starting(&["1"])),
            last: None,
        };
        let none = Earlier::default();
        for (jobs, beside, earlier, wanted) in [
            (vec![], vec![], &none, "clear"),
            (vec![old.clone()], vec![], &none, "clear 1"),
            (vec![waits.clone(), old.clone()], vec![], &none, "busy 2"),
            (
                vec![waits.clone(), old.clone()],
                vec!["2".to_owned()],
                &none,
                "clear 2 1",
            ),
            // The lost start made a job that is over by now, or goes on.
            (
                vec![job(3, "error", "run", 2), old.clone()],
                vec![],
                &lost,
                "found 3",
            ),
            (
                vec![job(3, "created", "run", 2), waits.clone()],
                vec![],
                &lost,
                "found 3",
            ),
            // Another's, or one of another mode, is not what was lost.
            (
                vec![job(3, "error", "run", 7), old.clone()],
                vec![],
                &lost,
                "clear 3 1",
            ),
            (
                vec![job(3, "error", "debug", 2), old.clone()],
                vec![],
                &lost,
                "clear 3 1",
            ),
            (vec![old.clone()], vec![], &lost, "clear 1"),
        ] {
            let (http, token) = (Script::new().reply(200, list(&jobs)), token());
            let before = block_on(queue(&http, &token).before_start(
                JobMode::Run,
                Some("2"),
                &beside,
                earlier,
            ));
            let told = match before.unwrap() {
                Before::Clear(starting) => {
                    assert_eq!(
                        (&*starting.mode, starting.token.as_deref()),
                        ("run", Some("2"))
                    );
                    format!("clear {}", starting.known.join(" "))
                }
                Before::Busy(jobs) => format!("busy {}", jobs[0].id),
                Before::Found(job) => format!("found {}", job.id),
            };
            assert_eq!(told.trim_end(), wanted);
        }
    }

    #[test]
    fn the_job_of_the_last_start_counts_also_before_the_list_has_it() {
        let earlier = Earlier {
            lost: None,
            last: Some("7".to_owned()),
        };
        for (status, beside, is_busy) in [
            ("created", vec![], true),
            ("created", vec!["7".to_owned()], false),
            ("success", vec![], false),
        ] {
            let http = Script::new()
                .reply(200, "[]")
                .reply(200, job(7, status, "run", 2));
            let token = token();
            let before =
                block_on(queue(&http, &token).before_start(JobMode::Run, None, &beside, &earlier));
            let busy = matches!(before, Ok(Before::Busy(jobs)) if jobs[0].id == "7");
            assert_eq!(busy, is_busy, "{status} {beside:?}");
        }
    }

    #[test]
    fn a_start_is_asked_for_once_and_looked_up_when_its_answer_is_lost() {
        let old = job(1, "success", "run", 2);
        let made = list(&[job(2, "created", "run", 2), old.clone()]);
        let none = list(std::slice::from_ref(&old));
        for (http, wanted, requests) in [
            (
                Script::new().reply(201, job(2, "created", "run", 2)),
                "2",
                1,
            ),
            (Script::new().reply(403, "{}"), "refused", 1),
            (Script::new().reply(400, "{}"), "refused", 1),
            (
                Script::new()
                    .fail(HttpError::TimedOut)
                    .reply(200, made.clone()),
                "2",
                2,
            ),
            (
                Script::new().reply(500, "{}").reply(200, made.clone()),
                "2",
                2,
            ),
            (
                Script::new().reply(201, "<html>").reply(200, made.clone()),
                "2",
                2,
            ),
            // The list is behind.
            (
                Script::new()
                    .patient()
                    .reply(502, "")
                    .reply(200, none.clone())
                    .reply(200, made.clone()),
                "2",
                3,
            ),
            (
                Script::new()
                    .patient()
                    .reply(502, "")
                    .reply(200, none.clone())
                    .reply(403, "{}")
                    .reply(200, none.clone()),
                "unknown",
                4,
            ),
        ] {
            let token = token();
            let started = block_on(queue(&http, &token).start(JobMode::Run, &starting(&["1"])));
            let told = match started {
                Ok(job) => job.id,
                Err(StartError::Refused(_)) => "refused".to_owned(),
                Err(StartError::Unknown(_)) => "unknown".to_owned(),
            };
            let asked = http.written();
            let posts = asked.iter().filter(|it| it.starts_with("POST")).count();
            assert_eq!((&*told, posts, asked.len()), (wanted, 1, requests));
        }
    }
}
