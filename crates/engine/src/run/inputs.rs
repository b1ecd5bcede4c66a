//! Getting the inputs ready: exports are started and waited for, files are described.
//!
//! What the sandbox has cached is not asked for again. Everything else goes on at once, while the
//! sandbox is created and packages are installed.

use std::rc::Rc;

use futures::future::LocalBoxFuture;
use futures::stream::FuturesUnordered;
use messages::worker::{
    DescribeFile, ExportState, PlannedRun, PlannedTable, ReadExport, RunInput, StartExport,
};
use messages::{ConfigurationUrl, Problem};
use webext::calls::call;
use webext::timer;

use super::Lease;

/// Waits between two looks at an export, in milliseconds; the last one stays.
const LOOKS_MS: [u32; 7] = [100, 150, 250, 400, 700, 1_200, 2_000];

/// The inputs of a run: those that are ready, and those that are being made ready.
pub(crate) struct Inputs {
    pub(crate) ready: Vec<RunInput>,
    pub(crate) pending: FuturesUnordered<LocalBoxFuture<'static, Result<RunInput, Problem>>>,
}

impl Inputs {
    /// Begins to get the inputs ready for a sandbox whose cache is known, or for a new one.
    pub(crate) fn begin(
        configuration: &ConfigurationUrl,
        planned: &PlannedRun,
        lease: Option<&Rc<Lease>>,
    ) -> Self {
        let mut inputs = Self {
            ready: Vec::new(),
            pending: FuturesUnordered::new(),
        };
        for table in &planned.tables {
            match lease.and_then(|lease| lease.cached_table(table)) {
                Some(cached) => inputs.ready.push(cached),
                None => inputs
                    .pending
                    .push(Box::pin(export(configuration.clone(), table.clone()))),
            }
        }
        let files = planned.files.iter().map(|file| (*file, false));
        for (file, unpack) in files.chain(planned.archive.map(|file| (file, true))) {
            match lease.and_then(|lease| lease.cached_file(file)) {
                Some(cached) => inputs.ready.push(cached),
                None => {
                    let describe = DescribeFile {
                        configuration: configuration.clone(),
                        file,
                        unpack,
                    };
                    inputs
                        .pending
                        .push(Box::pin(async move { call(&describe).await }));
                }
            }
        }
        inputs
    }

    /// How many inputs there are.
    pub(crate) fn count(&self) -> usize {
        self.ready.len() + self.pending.len()
    }
}

async fn export(configuration: ConfigurationUrl, table: PlannedTable) -> Result<RunInput, Problem> {
    let start = StartExport {
        configuration: configuration.clone(),
        table: table.clone(),
    };
    let started = call(&start).await?;
    let read = ReadExport {
        configuration,
        job: started.job,
        table,
    };
    let mut looks = LOOKS_MS.iter();
    let mut wait = LOOKS_MS[0];
    loop {
        wait = *looks.next().unwrap_or(&wait);
        timer::sleep_ms(wait).await;
        if let ExportState::Ready(input) = call(&read).await? {
            return Ok(input);
        }
    }
}
