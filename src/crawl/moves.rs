//! A source that says it has moved for good: when that is believed, and when it is undone. Pure.
//!
//! A permanent redirect (301, 308) is followed every time, and costs a request every time. One that
//! led to the same readable place three times, over three days, is adopted: visits begin there at
//! once. It is asked about again at the configured address every week, and as soon as a visit there
//! fails: a site that was broken into for a few days does not keep us for ever. Where the configured
//! address fails, too, the next visit is made there again: the old name of a site that has moved
//! lapses one day.

use jiff::{SignedDuration, Timestamp};
use url::Url;

use crate::visit::{FailureKind, Memory, Moved};

/// Visits in a row that must have been led to the same place.
const TIMES: u32 = 3;
/// And over how long: a slip of an afternoon is no move.
const OVER: SignedDuration = SignedDuration::from_hours(24 * 3);
/// How long an adopted address is believed before the configured one is asked again.
const BELIEVED: SignedDuration = SignedDuration::from_hours(24 * 7);

/// The address to begin a visit at instead of the configured one.
pub(super) fn adopted(memory: &Memory, now: Timestamp) -> Option<Url> {
    let moved = memory.moved.as_ref()?;
    let is_believed = now.duration_since(moved.adopted?) < BELIEVED;
    is_believed.then(|| Url::parse(&moved.to).ok())?
}

/// What is remembered of a move after a visit that began at the configured address, was led to
/// `to` by permanent redirects only (nothing where it was not), and read what is there.
pub(super) fn after_reading(
    before: Option<Moved>,
    to: Option<&str>,
    now: Timestamp,
) -> Option<Moved> {
    let to = to?;
    let first = Moved { to: to.to_owned(), since: now, times: 0, adopted: None, gone: false };
    let mut moved = before.filter(|moved| moved.to == to).unwrap_or(first);
    moved.times = moved.times.saturating_add(1);
    moved.gone = false;
    if is_confirmed(&moved, now) {
        moved.adopted = Some(now);
    }
    Some(moved)
}

/// What is remembered of a move after a visit that began at its new place, and read what is there.
pub(super) fn after_reading_there(before: Option<Moved>) -> Option<Moved> {
    before.map(|moved| Moved { gone: false, ..moved })
}

/// What is remembered of a move after a visit that began at its new place and failed, because what
/// was there is gone or for another reason: the next one asks the configured address.
pub(super) fn after_failing_there(before: Option<Moved>, kind: FailureKind) -> Option<Moved> {
    before.map(|moved| Moved { adopted: None, gone: kind == FailureKind::Gone, ..moved })
}

/// What is remembered of a move after a visit that began at the configured address and failed: one
/// that was met often enough says where else to ask.
pub(super) fn after_failing_here(before: Option<Moved>, now: Timestamp) -> Option<Moved> {
    before.map(|moved| {
        let adopted = is_confirmed(&moved, now).then_some(now);
        Moved { adopted, ..moved }
    })
}

/// Whether a source whose configured address is gone for good may still be at another.
pub(super) fn may_be_there(moved: Option<&Moved>, now: Timestamp) -> bool {
    moved.is_some_and(|moved| is_confirmed(moved, now) && !moved.gone)
}

/// Whether a move was met often enough to be believed.
fn is_confirmed(moved: &Moved, now: Timestamp) -> bool {
    moved.times >= TIMES && now.duration_since(moved.since) >= OVER
}
