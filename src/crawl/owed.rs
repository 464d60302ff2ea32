//! What a visit could not read, and whether it is asked for another time. Pure.

use sha2::{Digest as _, Sha256};

use crate::adapters::Step;
use crate::visit::{Failure, FailureKind, Memory};

/// Articles remembered as not to be had. Those that are still listed come first, and no listing that
/// we read to its end names so many; each costs nine bytes.
pub(super) const GIVEN_UP_A_SOURCE: usize = 5_000;

/// Why an article was not read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Why {
    /// There was no time or room for it.
    Untried,
    /// It failed in a way that may pass.
    ForNow,
    /// There is none to be had.
    ForGood,
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

/// The marks of the articles that earlier visits found not to be had.
pub(super) fn given_up(memory: &Memory) -> impl Iterator<Item = u64> {
    let for_good = memory.unread.iter().filter(|unread| unread.for_good);
    memory.given_up.iter().copied().chain(for_good.map(|unread| mark(&unread.key)))
}

/// A key in eight bytes: two of a source's keys with one mark are not met.
pub(super) fn mark(key: &str) -> u64 {
    let hash = Sha256::digest(key.as_bytes());
    hash.iter().take(8).fold(0, |mark, byte| mark << 8 | u64::from(*byte))
}

/// Whether what failed so may be there another time, so that it is still owed.
pub(super) fn may_pass(failure: &Failure, step: Step) -> bool {
    use FailureKind as Kind;
    match failure.kind {
        // A robots.txt that could not be read is nobody's decision, and says when to try again.
        Kind::Robots if failure.retry_after.is_some() => true,
        // Somebody decided it, there or here: asking again and again would not change it.
        Kind::Missing
        | Kind::Gone
        | Kind::Refused
        | Kind::Robots
        | Kind::TooLarge
        | Kind::ForbiddenAddress => false,
        // An article that is no web page (a PDF, a film) will not become one; a listing was one.
        Kind::NotAFeed => step == Step::Listing,
        Kind::Dns
        | Kind::Connect
        | Kind::Tls
        | Kind::Timeout
        | Kind::Status
        | Kind::Busy
        | Kind::Redirect
        | Kind::Protocol => true,
    }
}

/// Whether a host that failed so will fail for every other URL as well, for now.
pub(super) fn is_silence(kind: FailureKind) -> bool {
    use FailureKind as Kind;
    matches!(kind, Kind::Dns | Kind::Connect | Kind::Tls | Kind::Timeout | Kind::Busy)
}
