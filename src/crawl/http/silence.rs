//! Whom a round is waiting for: whether all that is left of it is hosts that say nothing.

use std::pin::pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

/// Counts of hosts.
#[derive(Debug, Default)]
pub(crate) struct Silence {
    left: AtomicUsize,
    silent: AtomicUsize,
}

/// One more while it lives.
struct Counted<'a>(&'a AtomicUsize);

impl<'a> Counted<'a> {
    fn by(count: &'a AtomicUsize) -> Self {
        count.fetch_add(1, Ordering::SeqCst);
        Self(count)
    }
}

impl Drop for Counted<'_> {
    // Also where the future is dropped halfway: a visit that ran out of time waits for nobody.
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
}

impl Silence {
    /// A host whose sources a round has still to visit, until what is returned is dropped.
    pub(crate) fn host_left(&self) -> impl Drop {
        Counted::by(&self.left)
    }

    /// Whether a round has nothing left but hosts that were asked and say nothing.
    pub(crate) fn is_all_that_is_left(&self) -> bool {
        let left = self.left.load(Ordering::SeqCst);
        left > 0 && self.silent.load(Ordering::SeqCst) >= left
    }

    /// Does the work; a host is silent while it takes longer than this.
    pub(super) async fn watch<T>(&self, work: impl Future<Output = T>, silence: Duration) -> T {
        let mut work = pin!(work);
        if let Ok(done) = tokio::time::timeout(silence, &mut work).await {
            return done;
        }
        let _silent = Counted::by(&self.silent);
        work.await
    }
}
