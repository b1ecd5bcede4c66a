//! Jobs on one table that take turns: each waits for the one that was asked for before it
//! (reference/keboola.md section 7.2: imports to one table are serialised).

use std::collections::HashMap;
use std::sync::Mutex;

use tokio::sync::oneshot::{self, Receiver, Sender};

use crate::sync::lock;

/// The end of the last turn on each table, by project and table.
#[derive(Debug, Default)]
pub(crate) struct Turns(Mutex<HashMap<(u64, String), Receiver<()>>>);

/// A place in the line. The next one comes when this, or what [`Turn::come`] gives, is dropped.
#[derive(Debug)]
pub(crate) struct Turn {
    before: Option<Receiver<()>>,
    own: Sender<()>,
}

/// A turn that has come.
#[derive(Debug)]
pub(crate) struct AtWork {
    _own: Sender<()>,
}

impl Turns {
    /// The next place in the line of a table.
    pub(crate) fn next(&self, project: u64, table: &str) -> Turn {
        let (own, end) = oneshot::channel();
        let before = lock(&self.0).insert((project, table.to_owned()), end);
        Turn { before, own }
    }
}

impl Turn {
    /// Waits for its turn, which lasts until the result is dropped.
    pub(crate) async fn come(self) -> AtWork {
        if let Some(before) = self.before {
            // Nothing is ever sent: the end of the sender is the end of its turn.
            let _ = before.await;
        }
        AtWork { _own: self.own }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn the_second_on_a_table_waits_for_the_first_and_one_elsewhere_does_not() {
        let turns = Turns::default();
        let first = turns.next(1, "in.c-main.t").come().await;
        let second = tokio::spawn(turns.next(1, "in.c-main.t").come());
        turns.next(1, "in.c-main.other").come().await;
        turns.next(2, "in.c-main.t").come().await;
        assert!(!second.is_finished());
        drop(first);
        second.await.unwrap();
    }
}
