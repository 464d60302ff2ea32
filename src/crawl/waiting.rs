//! Why a source is not visited now, and whether a person who insists may have it sooner.

use jiff::{SignedDuration, Timestamp};
use serde::Serialize;

use super::owed::may_be_asked_again;
use super::schedule::{SHORTEST, is_due};
use crate::visit::{FailureKind, Memory, Outcome, Visit};

/// How much of a wait a run may cut short.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Haste {
    /// None of it.
    WhenDue,
    /// What we wait for by ourselves after a failure, of a source or of its articles, as a person who
    /// has mended its cause may ask.
    /// What the site asked for is kept: its interval, its Retry-After, its refusal.
    AfterFailures,
}

/// A source that is not to be visited yet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Waiting {
    /// Until when.
    pub until: Timestamp,
    /// Why, for a person.
    pub why: String,
}

/// Why a source is not to be visited at `now`; none where it may be.
///
/// `memory` is to be the one of its present configuration (see
/// [`as_configured`](super::schedule::as_configured)).
#[must_use]
pub fn waiting(memory: &Memory, haste: Haste, now: Timestamp) -> Option<Waiting> {
    if is_due(memory, now) {
        return None;
    }
    let until = memory.next_visit.unwrap_or(Timestamp::MAX);
    let wait = |why: &str| Some(Waiting { until, why: why.to_owned() });
    if memory.retired {
        return wait("it is gone for good (410); where it has moved, write its new address");
    }
    let Some(last) = &memory.last else {
        return wait("its address was asked a while ago under another name");
    };
    let sooner = sooner(memory, last).min(until);
    let a_moment_ago = Waiting {
        until: sooner,
        why: "it was asked a moment ago, and is not asked more often than that".to_owned(),
    };
    let Outcome::Failed(failure) = &last.outcome else {
        if haste == Haste::AfterFailures && may_be_asked_again(memory, now) {
            return (sooner > now).then_some(a_moment_ago);
        }
        let read = last.at.strftime("%Y-%m-%d %H:%M UTC");
        return wait(&format!("it was read at {read}, and is asked no more often than it wants"));
    };
    if failure.retry_after.is_some() || failure.kind == FailureKind::Busy {
        return wait("its host asked to be left alone until then");
    }
    if failure.kind == FailureKind::Refused {
        return wait("it refused us, and asking again at once would be rude");
    }
    match haste {
        Haste::AfterFailures => (sooner > now).then_some(a_moment_ago),
        Haste::WhenDue => wait(
            "its last visit failed, and we wait longer after each failure; with --now it is tried sooner",
        ),
    }
}

/// From when on a source may be asked again at a person's word, given its last visit: as the site
/// wishes, whatever we think of its failures.
#[must_use]
pub fn sooner(memory: &Memory, last: &Visit) -> Timestamp {
    // Nobody was asked, and nobody is bothered by another try.
    if let Some(failure) = last.outcome.failure()
        && matches!(failure.kind, FailureKind::Dns | FailureKind::ForbiddenAddress)
    {
        return last.at;
    }
    let asked_for = memory.hints.interval.max(memory.fresh_for).unwrap_or_default().max(SHORTEST);
    let wait = SignedDuration::try_from(asked_for).unwrap_or(SignedDuration::MAX);
    last.at.checked_add(wait).unwrap_or(Timestamp::MAX)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::visit::{Failure, GivenUp};

    fn at(minutes: i64) -> Timestamp {
        Timestamp::from_second(1_800_000_000 + minutes * 60).unwrap()
    }

    fn failed(kind: FailureKind, retry_after: Option<Duration>) -> Memory {
        let failure = Failure { kind, sentence: String::new(), retry_after };
        let source = "a".parse().unwrap();
        let outcome = Outcome::Failed(failure);
        Memory {
            last: Some(Visit { source, at: at(0), requests: 1, bytes: 0, outcome }),
            next_visit: Some(at(600)),
            ..Memory::default()
        }
    }

    fn insisted(memory: &Memory, minutes: i64) -> Option<Waiting> {
        waiting(memory, Haste::AfterFailures, at(minutes))
    }

    #[test]
    fn only_our_own_patience_is_cut_short() {
        for kind in [FailureKind::NotAFeed, FailureKind::Connect, FailureKind::Missing] {
            let memory = failed(kind, None);
            assert!(waiting(&memory, Haste::WhenDue, at(599)).is_some());
            assert_eq!(insisted(&memory, 14).unwrap().until, at(15));
            assert_eq!(insisted(&memory, 15), None);
        }
        for kind in [FailureKind::Dns, FailureKind::ForbiddenAddress] {
            assert_eq!(insisted(&failed(kind, None), 0), None, "nobody was asked");
        }
    }

    #[test]
    fn articles_that_could_not_be_had_may_be_asked_for_when_a_person_insists() {
        let mut read = failed(FailureKind::Status, None);
        read.last.as_mut().unwrap().outcome = Outcome::Unchanged;
        let refused = |at| GivenUp { mark: 1, why: Some(FailureKind::Refused), at, tries: 1 };
        read.last_heard = Some(at(0));
        read.given_up = vec![refused(Some(at(0)))];
        assert_eq!(insisted(&read, 599).unwrap().until, at(600), "they were asked today");
        read.given_up = vec![refused(Some(at(-24 * 60)))];
        assert_eq!(insisted(&read, 14).unwrap().until, at(15));
        assert_eq!(insisted(&read, 15), None);
        assert!(waiting(&read, Haste::WhenDue, at(599)).is_some());
    }

    #[test]
    fn what_the_site_asked_for_is_kept_whoever_insists() {
        for memory in [
            failed(FailureKind::Busy, None),
            failed(FailureKind::Status, Some(Duration::from_hours(10))),
            failed(FailureKind::Refused, None),
            Memory { retired: true, ..failed(FailureKind::Gone, None) },
        ] {
            assert_eq!(insisted(&memory, 599).unwrap().until, at(600));
        }
        let mut slow = failed(FailureKind::NotAFeed, None);
        slow.hints.interval = Some(Duration::from_hours(2));
        assert_eq!(insisted(&slow, 119).unwrap().until, at(120));
        let mut fresh = failed(FailureKind::NotAFeed, None);
        fresh.fresh_for = Some(Duration::from_hours(3));
        assert_eq!(insisted(&fresh, 179).unwrap().until, at(180));
        let renamed = Memory { next_visit: Some(at(600)), ..Memory::default() };
        assert_eq!(insisted(&renamed, 599).unwrap().until, at(600));
        let mut read = failed(FailureKind::Status, None);
        read.last.as_mut().unwrap().outcome = Outcome::Unchanged;
        assert_eq!(insisted(&read, 599).unwrap().until, at(600));
    }
}
