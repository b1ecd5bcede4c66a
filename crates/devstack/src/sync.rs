//! Locking without a panic path.
//!
//! A poisoned lock means that another request panicked while it held it. The stack goes on: each
//! update under a lock here is a whole one, and a stand-in that dies takes the test's evidence along.

use std::sync::{Mutex, MutexGuard, PoisonError};

/// The guard of `mutex`, whether or not an earlier holder panicked.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
