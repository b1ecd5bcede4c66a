//! The runner's own files, and the commands that start it.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

use bytes::Bytes;
use e2b::ProcessStart;
use messages::worker::PlannedRun;
use messages::{Problem, ProblemCode};
use runtime::plan::{PROTOCOL, Plan, Venv};
use serde::Deserialize;
use transport::Http;
use webext::fetch::Fetch;

use super::inputs::Inputs;

/// Folder of everything that we put beside `/data`, in the home of the sandbox's user.
const HOME: &str = "~/.kbc-e2b";

/// The component's folder (reference keboola §8.3).
pub(crate) const DATA: &str = "/data";

thread_local! {
    static BUNDLE: RefCell<Option<Rc<Bundle>>> = const { RefCell::new(None) };
}

/// The runner as `xtask` packed it.
#[derive(Deserialize)]
pub(crate) struct Bundle {
    /// Hash of the contents: the folder's name, so that another version never meets old files.
    pub(crate) hash: String,
    files: BTreeMap<String, String>,
}

/// The bundle of this version of the extension.
pub(crate) async fn bundle() -> Result<Rc<Bundle>, Problem> {
    if let Some(bundle) = BUNDLE.with_borrow(Clone::clone) {
        return Ok(bundle);
    }
    let broken = |why: String| Problem::with(ProblemCode::Internal, format!("runner: {why}"));
    let request = http::Request::get(webext::runtime::url("runner.json"))
        .body(Bytes::new())
        .map_err(|error| broken(error.to_string()))?;
    let reply = Fetch
        .send(request)
        .await
        .map_err(|error| broken(error.to_string()))?;
    let bundle: Rc<Bundle> = serde_json::from_slice(reply.body())
        .map(Rc::new)
        .map_err(|error| broken(error.to_string()))?;
    BUNDLE.with_borrow_mut(|slot| *slot = Some(bundle.clone()));
    Ok(bundle)
}

impl Bundle {
    /// The files to write once into each sandbox.
    ///
    /// One of them is there for its folder: `/data` does not exist in the images, and only an
    /// upload makes it the user's own (reference e2b §1, §3.3).
    pub(crate) fn files(&self) -> impl Iterator<Item = (String, Bytes)> + '_ {
        let data = (format!("{DATA}/script.py"), Bytes::new());
        let own = self.files.iter().map(|(name, text)| {
            (
                format!("{HOME}/runner/{}/{name}", self.hash),
                Bytes::from(text.clone()),
            )
        });
        std::iter::once(data).chain(own)
    }

    /// The process that runs `command` (`run` or `fetch`) on the folder of `id`.
    ///
    /// `exec setsid` gives the runner a process group of its own whose number is its pid, so that
    /// Stop reaches all of it (reference e2b §3.5).
    pub(crate) fn process(&self, command: &str, id: &str) -> ProcessStart {
        // The file and not its folder, and no site module: start-up time (runner/PROTOCOL.md). PYTHON…
        // variables of the sandbox are the script's business.
        let runner = format!("{HOME}/runner/{}/kbc_runner/__main__.py", self.hash);
        let line = format!("exec setsid python3 -ESu {runner} {command} {}", folder(id));
        ProcessStart {
            tag: Some(tag(id)),
            ..ProcessStart::shell(&line)
        }
    }
}

/// Folder of a run or a fetch.
pub(crate) fn folder(id: &str) -> String {
    format!("{HOME}/runs/{id}")
}

/// The runner's file of events.
pub(crate) fn events_of(run: &str) -> String {
    format!("{}/events.ndjson", folder(run))
}

/// Where the runner looks for its plan.
pub(super) fn plan_of(run: &str) -> String {
    format!("{}/plan.json", folder(run))
}

/// Where the runner looks for an input, from 0 on; they come one after the other.
pub(super) fn input_of(run: &str, number: usize) -> String {
    format!("{}/inputs/{number}.json", folder(run))
}

/// The name that a run's runner is found by.
pub(super) fn tag(run: &str) -> String {
    format!("kbc-e2b-{run}")
}

/// The plan of a run, as the runner reads it (runner/PROTOCOL.md).
pub(crate) fn plan(id: &str, planned: &PlannedRun, inputs: &Inputs) -> Result<Bytes, Problem> {
    let plan = Plan {
        protocol: PROTOCOL,
        run: id.to_owned(),
        data: DATA.to_owned(),
        code: planned.code.clone(),
        venv: Venv::parse(&planned.venv)
            .map_err(|error| Problem::with(ProblemCode::VenvUnsupported, error.to_string()))?,
        packages: planned.packages.clone(),
        config: planned.config_json.clone(),
        state: planned.state_json.clone(),
        environment: planned.environment.clone(),
        inputs: inputs.count(),
        ready: inputs.ready.clone(),
        limit_seconds: planned.settings.limit_seconds,
    };
    serde_json::to_vec(&plan)
        .map(Bytes::from)
        .map_err(|_| Problem::with(ProblemCode::Internal, "the plan could not be written"))
}
