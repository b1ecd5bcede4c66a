//! Doing together what is asked for one by one: what comes while some is being done goes into the next
//! lot. Nobody waits for company, and a thousand requests are a few lots.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use futures::channel::oneshot;
use wasm_bindgen_futures::spawn_local;

use crate::timer::sleep_ms;

/// Lots of items, begun in the order in which they came.
pub struct Batch<Item, End> {
    at_most: usize,
    at_once: usize,
    gather_ms: u32,
    waiting: Rc<RefCell<Vec<Waiting<Item, End>>>>,
    busy: Rc<Cell<usize>>,
}

type Waiting<Item, End> = (Item, oneshot::Sender<End>);

impl<Item, End> Batch<Item, End> {
    /// Lots of `at_most` items, `at_once` of them; with 1, one is over before the next begins.
    #[must_use]
    pub fn of(at_most: usize, at_once: usize) -> Self {
        Self {
            at_most,
            at_once,
            gather_ms: 0,
            waiting: Rc::default(),
            busy: Rc::default(),
        }
    }

    /// Lots that are begun after a rest take what comes within so many milliseconds.
    #[must_use]
    pub fn gathered_for(self, gather_ms: u32) -> Self {
        Self { gather_ms, ..self }
    }
}

impl<Item: 'static, End: 'static> Batch<Item, End> {
    /// Adds an item and waits until its lot is done: by the `work` that came with the first item of
    /// those that were done without a rest, so all must mean the same. It answers the ends in the
    /// order of its items; `None` for one without an end.
    pub async fn add(
        &self,
        item: Item,
        work: impl AsyncFn(Vec<Item>) -> Vec<End> + 'static,
    ) -> Option<End> {
        let (at_most, gather_ms) = (self.at_most, self.gather_ms);
        let (sender, end) = oneshot::channel();
        self.waiting.borrow_mut().push((item, sender));
        if self.busy.get() < self.at_once {
            self.busy.set(self.busy.get() + 1);
            let (waiting, busy) = (self.waiting.clone(), self.busy.clone());
            spawn_local(async move {
                if gather_ms > 0 {
                    sleep_ms(gather_ms).await;
                }
                loop {
                    let lot: Vec<_> = {
                        let mut all = waiting.borrow_mut();
                        let count = all.len().min(at_most);
                        all.drain(..count).collect()
                    };
                    if lot.is_empty() {
                        break;
                    }
                    let (items, senders): (Vec<_>, Vec<_>) = lot.into_iter().unzip();
                    for (sender, end) in senders.into_iter().zip(work(items).await) {
                        let _ = sender.send(end);
                    }
                }
                busy.set(busy.get() - 1);
            });
        }
        end.await.ok()
    }
}

#[cfg(test)]
mod tests {
    use futures::future::join_all;
    use wasm_bindgen_test::*;

    use super::*;

    wasm_bindgen_test_configure!(run_in_browser);

    #[wasm_bindgen_test]
    async fn all_are_done_in_order_and_those_that_came_meanwhile_together() {
        let batch: Batch<u32, usize> = Batch::of(3, 1);
        let lots: Rc<RefCell<Vec<Vec<u32>>>> = Rc::default();
        let add = |item| {
            let lots = lots.clone();
            batch.add(item, async move |items| {
                sleep_ms(5).await;
                let count = items.len();
                lots.borrow_mut().push(items);
                vec![lots.borrow().len(); count]
            })
        };
        let ends = join_all([1, 2, 3].map(add)).await;
        assert_eq!(ends, vec![Some(1); 3]);
        let later = async {
            sleep_ms(2).await;
            join_all([5, 6].map(add)).await
        };
        let (first, later) = futures::join!(add(4), later);
        assert_eq!((first, later), (Some(2), vec![Some(3); 2]));
        assert_eq!(lots.take(), [vec![1, 2, 3], vec![4], vec![5, 6]]);
        assert_eq!(join_all((0..7).map(add)).await.last(), Some(&Some(3)));
        assert_eq!(lots.take().last(), Some(&vec![6]));
    }

    #[wasm_bindgen_test]
    async fn what_comes_in_the_next_moment_goes_along_where_that_is_wanted() {
        let batch: Batch<u32, usize> = Batch::of(9, 1).gathered_for(20);
        let add = |item| batch.add(item, async |items: Vec<u32>| vec![items.len(); items.len()]);
        let later = async {
            sleep_ms(2).await;
            add(2).await
        };
        assert_eq!(futures::join!(add(1), later), (Some(2), Some(2)));
    }

    #[wasm_bindgen_test]
    async fn several_lots_go_at_once_where_that_is_wanted() {
        let batch: Batch<u32, usize> = Batch::of(2, 2);
        let going: Rc<Cell<usize>> = Rc::default();
        let add = |item| {
            let going = going.clone();
            batch.add(item, async move |items| {
                going.set(going.get() + 1);
                sleep_ms(5).await;
                let together = going.get();
                sleep_ms(5).await;
                going.set(going.get() - 1);
                vec![together; items.len()]
            })
        };
        let ends = join_all((0..8).map(add)).await;
        assert_eq!(ends, vec![Some(2); 8]);
    }
}
