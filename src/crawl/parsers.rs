//! Reading what came: parsers run off the reactor, for a limited time, and few at once.

use std::fmt::Display;
use std::sync::Arc;

use tokio::sync::Semaphore;
use tokio::task::spawn_blocking;
use tokio::time::{Instant, timeout_at};
use url::Url;

use super::visit::VISIT_LIMIT;
use crate::visit::{Failure, FailureKind};

/// Parsers that may run at the same time: one for every visit that a round makes at once, and room
/// for some whose time was up. Nothing can end those but themselves, and they keep their places.
const AT_A_TIME: usize = 64;

/// Runs parsers.
#[derive(Debug)]
pub(super) struct Parsers {
    places: Arc<Semaphore>,
}

/// Why a parser gave no answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Unanswered {
    /// It panicked.
    Panicked,
    /// Its time was up, or no place became free by then.
    TimeUp,
}

impl Default for Parsers {
    fn default() -> Self {
        Self::with_places(AT_A_TIME)
    }
}

impl Parsers {
    fn with_places(places: usize) -> Self {
        Self { places: Arc::new(Semaphore::new(places)) }
    }

    /// Runs a parser off the reactor, where its panic is no more than an answer that does not come.
    /// One that is not done by `deadline` is left to itself, in its place.
    pub(super) async fn run<T: Send + 'static>(
        &self,
        deadline: Instant,
        parser: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, Unanswered> {
        let places = Arc::clone(&self.places);
        let answer = async move {
            let place = places.acquire_owned().await;
            let running = spawn_blocking(move || {
                let _place = place;
                parser()
            });
            running.await.map_err(|_| Unanswered::Panicked)
        };
        timeout_at(deadline, answer).await.unwrap_or(Err(Unanswered::TimeUp))
    }
}

/// The failure of a visit that was not done by [`VISIT_LIMIT`].
pub(super) fn out_of_time(what: &impl Display) -> Failure {
    let sentence = format!(
        "{what} took more than {} minutes in all: we try again by ourselves; if it goes on, open it in a browser",
        VISIT_LIMIT.as_secs() / 60
    );
    Failure { kind: FailureKind::Timeout, sentence, retry_after: None }
}

/// The failure of a visit whose parser panicked.
pub(super) fn stumbled(place: &Url, kind: &str) -> Failure {
    let sentence = format!(
        "{place} holds something our reader for the kind {kind} stumbles over: please report it; the other sources are not affected"
    );
    Failure { kind: FailureKind::NotAFeed, sentence, retry_after: None }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;
    use std::time::Duration;

    use super::*;

    fn soon() -> Instant {
        Instant::now() + Duration::from_millis(20)
    }

    /// Longer than any test lasts.
    fn late() -> Instant {
        Instant::now() + Duration::from_hours(1)
    }

    #[tokio::test]
    async fn parsers_that_never_end_are_few_and_give_their_places_back_when_they_do() {
        let parsers = Parsers::with_places(2);
        let (running, runs) = mpsc::channel();
        let mut ends = Vec::new();
        for _ in 0..5 {
            let (end, ended) = mpsc::channel::<()>();
            let running = running.clone();
            let stuck = parsers.run(soon(), move || {
                running.send(()).unwrap();
                let _ = ended.recv();
            });
            assert_eq!(stuck.await, Err(Unanswered::TimeUp));
            ends.push(end);
        }
        assert_eq!(runs.try_iter().count(), 2);
        assert_eq!(parsers.run(soon(), || 1).await, Err(Unanswered::TimeUp));
        drop(ends);
        assert_eq!(parsers.run(late(), || 1).await, Ok(1));
    }

    #[tokio::test]
    async fn a_parser_that_panics_says_so_and_keeps_no_place() {
        let parsers = Parsers::with_places(1);
        for _ in 0..3 {
            let panics = parsers.run(late(), || panic!("a parser met its match"));
            assert_eq!(panics.await, Err::<(), _>(Unanswered::Panicked));
        }
        assert_eq!(parsers.run(late(), || 1).await, Ok(1));
    }
}
