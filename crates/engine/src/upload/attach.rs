//! Files of Storage as inputs of later runs: the worker keeps the list, and is told of many at once.

use std::collections::BTreeMap;

use messages::worker::AttachFiles;
use messages::{ConfigurationUrl, Problem, ProblemCode};
use webext::batch::Batch;
use webext::calls::call;

/// Files of one message.
pub(crate) const LOT: usize = 500;

/// Files on their way into the lists.
pub(crate) type Attaching = Batch<(ConfigurationUrl, u64), Result<(), Problem>>;

/// Makes a file an input of later runs.
pub(super) async fn attach(
    attaching: &Attaching,
    configuration: &ConfigurationUrl,
    file: u64,
) -> Result<(), Problem> {
    let attached = attaching.add((configuration.clone(), file), attach_all);
    let broken = || Err(Problem::with(ProblemCode::Internal, "the list of inputs"));
    attached.await.unwrap_or_else(broken)
}

async fn attach_all(files: Vec<(ConfigurationUrl, u64)>) -> Vec<Result<(), Problem>> {
    let count = files.len();
    vec![attach_each(files).await; count]
}

async fn attach_each(files: Vec<(ConfigurationUrl, u64)>) -> Result<(), Problem> {
    let mut lists: BTreeMap<String, AttachFiles> = BTreeMap::new();
    for (configuration, file) in files {
        let list = lists.entry(configuration.key());
        let list = list.or_insert_with(|| AttachFiles {
            configuration,
            files: Vec::new(),
        });
        list.files.push(file);
    }
    for list in lists.values() {
        call(list).await?;
    }
    Ok(())
}
