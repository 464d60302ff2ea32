//! What a visit could not read, and whether it is asked for another time. Pure.

use jiff::{SignedDuration, Timestamp};

use crate::adapters::Step;
use crate::visit::{Failure, FailureKind, GivenUp, Memory, Outcome, Unread, Validators, Visit};

use super::visit::TRIES_AN_ARTICLE;

/// Articles remembered as not to be had. Those that are still listed come first, and no listing that
/// we read to its end names so many; each costs some twenty bytes.
pub(super) const GIVEN_UP_A_SOURCE: usize = 5_000;
/// Articles remembered to be read: as many as are listed in the largest feeds (F13), a dozen bytes each.
pub(super) const UNREAD_A_SOURCE: usize = 10_000;
/// An article that was refused, or was too long, is asked for again after so long.
const AGAIN_AFTER: SignedDuration = SignedDuration::from_hours(24 * 7);
/// And not sooner than this, whoever insists.
const AT_MOST_EVERY: SignedDuration = SignedDuration::from_hours(24);

/// Why an article was not read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Why {
    /// There was no time or room for it.
    Untried,
    /// It failed in a way that may pass.
    ForNow,
    /// robots.txt or our own guard forbids it, and nobody was asked: so says each visit anew.
    Forbidden,
    /// Somebody decided so, there or here, who may decide otherwise in a while.
    ForDays(FailureKind),
    /// There is none to be had.
    ForGood(Option<FailureKind>),
}

/// What a visit could not read of what it was led to, the gravest last.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Owed {
    /// All was read, or is not to be had.
    Nothing,
    /// Articles that the first page of the listing names: the next visit meets them there.
    OnTheFirstPage,
    /// Something further back: a later page, or articles it names.
    BehindKnown,
}

impl Why {
    /// What a failure says of the article or listing that was asked for, if a request was sent.
    pub(super) fn of(failure: &Failure, step: Step, was_sent: bool) -> Self {
        use FailureKind as Kind;
        match failure.kind {
            // A robots.txt that could not be read is nobody's decision, and says when to try again.
            Kind::Robots if failure.retry_after.is_some() => Self::Untried,
            Kind::Robots => Self::Forbidden,
            Kind::ForbiddenAddress if !was_sent => Self::Forbidden,
            kind @ (Kind::Refused | Kind::TooLarge | Kind::ForbiddenAddress) => Self::ForDays(kind),
            kind @ (Kind::Missing | Kind::Gone) => Self::ForGood(Some(kind)),
            // An article that is no web page (a PDF, a film) will not become one; a listing was one.
            kind @ Kind::NotAFeed if step == Step::Article => Self::ForGood(Some(kind)),
            // Of the article itself this says nothing.
            _ if !was_sent => Self::Untried,
            _ => Self::ForNow,
        }
    }

    /// Whether what was not read for this is still owed.
    pub(super) const fn is_owed(self) -> bool {
        matches!(self, Self::Untried | Self::ForNow)
    }
}

/// The articles that earlier visits found not to be had.
pub(super) fn given_up(memory: &Memory) -> impl Iterator<Item = GivenUp> {
    let for_good = memory.unread.iter().filter(|unread| unread.for_good);
    let for_good =
        for_good.map(|unread| GivenUp { mark: unread.mark, why: None, at: None, tries: 0 });
    memory.given_up.iter().copied().chain(for_good)
}

/// Whether an article that could not be had may be there by now.
pub(super) fn may_be_there(given_up: &GivenUp, now: Timestamp) -> bool {
    let is_ripe = |at: Timestamp| now.duration_since(at) >= AGAIN_AFTER;
    may_pass(given_up) && given_up.at.is_some_and(is_ripe)
}

/// Whether what could not be had is asked for again in a while: somebody decided it who may decide
/// otherwise.
pub(super) fn may_pass(given_up: &GivenUp) -> bool {
    use FailureKind as Kind;
    let is_decided =
        matches!(given_up.why, Some(Kind::Refused | Kind::TooLarge | Kind::ForbiddenAddress));
    is_decided && given_up.tries < TRIES_AN_ARTICLE
}

/// Whether a person who insists may have something of this source asked for again that could not be
/// had: at most once a day, and never what is gone.
pub(super) fn may_be_asked_again(memory: &Memory, now: Timestamp) -> bool {
    is_fruitless(memory) || memory.given_up.iter().any(|given_up| may_be_asked(given_up, now))
}

/// The memory by which a visit asks again for what a person insists on.
#[must_use]
pub fn asking_again(mut memory: Memory, now: Timestamp) -> Memory {
    if !may_be_asked_again(&memory, now) {
        return memory;
    }
    let (asked, left) = memory.given_up.iter().partition(|given_up| may_be_asked(given_up, now));
    memory.given_up = left;
    let asked: Vec<GivenUp> = asked;
    memory.unread.extend(asked.iter().map(|given_up| Unread {
        mark: given_up.mark,
        tries: 0,
        for_good: false,
    }));
    memory.validators = Validators::default();
    memory.body_hash = None;
    memory
}

/// Whether nothing that a source lists could ever be read.
pub(super) fn is_fruitless(memory: &Memory) -> bool {
    let last = memory.last.as_ref().map(|Visit { outcome, .. }| outcome);
    let has_failed = match last {
        Some(Outcome::Read { posts: 0, skipped, .. }) => {
            *skipped > 0 || !memory.given_up.is_empty()
        }
        Some(Outcome::Unchanged) => !memory.given_up.is_empty(),
        _ => false,
    };
    has_failed && memory.last_heard.is_none() && memory.recent_posts.is_empty()
}

fn may_be_asked(given_up: &GivenUp, now: Timestamp) -> bool {
    use FailureKind as Kind;
    match given_up.why {
        Some(Kind::Missing | Kind::Gone | Kind::NotAFeed) => false,
        // Nobody was asked.
        Some(Kind::ForbiddenAddress) => true,
        _ => given_up.at.is_none_or(|at| now.duration_since(at) >= AT_MOST_EVERY),
    }
}

/// Whether a host that failed so will fail for every other URL as well, for now.
pub(super) fn is_silence(kind: FailureKind) -> bool {
    use FailureKind as Kind;
    matches!(kind, Kind::Dns | Kind::Connect | Kind::Tls | Kind::Timeout | Kind::Busy)
}
