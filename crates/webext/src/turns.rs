//! Turns: of what is done under the same name, one is over before the next begins.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::{Rc, Weak};

use futures::lock::Mutex;

/// A lock for each name that somebody holds or waits for.
#[derive(Default)]
pub struct Turns(RefCell<BTreeMap<String, Weak<Mutex<()>>>>);

impl Turns {
    /// The lock of this name.
    pub fn of(&self, name: &str) -> Rc<Mutex<()>> {
        let mut all = self.0.borrow_mut();
        all.retain(|_, turn| turn.strong_count() > 0);
        let known = all.get(name).and_then(Weak::upgrade);
        known.unwrap_or_else(|| {
            let fresh = Rc::new(Mutex::new(()));
            all.insert(name.to_owned(), Rc::downgrade(&fresh));
            fresh
        })
    }
}
