//! Requests that carry no part of the file: they begin an upload, ask how far it is, or end it.

use std::cell::RefCell;
use std::time::Duration;

use futures::future::{Either, select};
use keboola::upload::{ProviderRequest, Refusal, Reply, Upload as Target};
use messages::{Problem, ProblemCode};
use transfer::transfer::Failure;
use webext::{clock, timer};

use super::Courier;
use crate::upload::refused::{Refused, problem};
use crate::upload::request::exchange;

/// How often one is tried.
const TRIES: u32 = 6;

/// How long an answer may take: they carry nothing that could move slowly. To make an object of ten
/// thousand parts takes its time.
const PATIENCE_MS: u64 = 60_000;

/// How often a cancel is looked at.
const TICK_MS: u32 = 100;

impl Courier<'_> {
    /// Sends one, again while that may help.
    pub(super) async fn step<T>(
        &self,
        request: impl Fn(Duration) -> Option<ProviderRequest>,
        read: impl Fn(&Target, &Reply) -> Result<T, Refusal>,
    ) -> Result<T, Problem> {
        let mut tries = 0;
        loop {
            let now = Duration::from_millis(clock::unix_ms());
            let Some(request) = request(now) else {
                return Err(Problem::with(ProblemCode::Internal, "no such request"));
            };
            let refused = match self.ask(&request, &read).await {
                Ok(value) => {
                    self.pump.trouble(None);
                    return Ok(value);
                }
                Err(refused) => refused,
            };
            match refused.failure() {
                Failure::Passing { retry_after } => {
                    let jitter = js_sys::Math::random();
                    let pause = transfer::retry::pause(tries, TRIES, retry_after, jitter);
                    let Some(pause) = pause else {
                        return Err(problem(&refused, self.file));
                    };
                    tries += 1;
                    self.pump.trouble(Some(&refused));
                    self.rest(pause).await?;
                }
                Failure::Expired => {
                    tries += 1;
                    if tries >= TRIES {
                        return Err(problem(&refused, self.file));
                    }
                    self.renew().await?;
                }
                Failure::Final => return Err(self.ended_by(&refused)),
            }
        }
    }

    /// Sends one once.
    pub(super) async fn ask<T>(
        &self,
        request: &ProviderRequest,
        read: impl Fn(&Target, &Reply) -> Result<T, Refusal>,
    ) -> Result<T, Refused> {
        let began = clock::unix_ms();
        let sending = RefCell::new(None);
        let reply = exchange(
            request,
            None,
            |_| {},
            |began| {
                sending.replace(Some(began));
            },
        );
        let mut reply = std::pin::pin!(reply);
        let mut late = false;
        let reply = loop {
            let tick = std::pin::pin!(timer::sleep_ms(TICK_MS));
            match select(reply.as_mut(), tick).await {
                Either::Left((Err(Refused::Aborted), _)) if late => return Err(Refused::NoAnswer),
                Either::Left((reply, _)) => break reply?,
                Either::Right(_) => {
                    late |= clock::unix_ms().saturating_sub(began) > PATIENCE_MS;
                    if let Some(sending) = sending.borrow().as_ref()
                        && (late || self.pump.is_cancelled())
                    {
                        sending.abort();
                    }
                }
            }
        };
        read(&self.target.borrow(), &reply).map_err(Refused::By)
    }

    /// Waits, unless the upload is cancelled.
    async fn rest(&self, pause: Duration) -> Result<(), Problem> {
        let until = clock::unix_ms() + u64::try_from(pause.as_millis()).unwrap_or(u64::MAX);
        while clock::unix_ms() < until {
            if self.pump.is_cancelled() {
                return Err(ProblemCode::UploadCancelled.into());
            }
            timer::sleep_ms(TICK_MS).await;
        }
        Ok(())
    }
}
