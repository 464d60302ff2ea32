//! Two things read of the store side by side: what a post says and what is said of it lie apart, and whoever
//! asks waits for the longer of the two.

use std::{panic, thread};

/// What both come to. The second has a thread of its own, where there is one to be had.
pub(crate) fn side_by_side<A, B: Send>(
    first: impl FnOnce() -> A,
    second: impl Fn() -> B + Sync,
) -> (A, B) {
    thread::scope(|scope| match thread::Builder::new().spawn_scoped(scope, &second) {
        Ok(beside) => {
            let first = first();
            (first, beside.join().unwrap_or_else(|panic| panic::resume_unwind(panic)))
        }
        Err(_) => (first(), second()),
    })
}
