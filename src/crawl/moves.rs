//! A source that says it has moved for good: when that is believed, and when it is undone. Pure.
//!
//! A permanent redirect (301, 308) is followed every time, and costs a request every time. One that
//! led to the same readable place three times, over three days, is adopted: visits begin there at
//! once. It is undone as soon as a visit there fails, and asked about again at the configured address
//! every week: a site that was broken into for a few days does not keep us for ever.

use jiff::{SignedDuration, Timestamp};
use url::Url;

use crate::visit::{Memory, Moved};

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
    let first = Moved { to: to.to_owned(), since: now, times: 0, adopted: None };
    let mut moved = before.filter(|moved| moved.to == to).unwrap_or(first);
    moved.times = moved.times.saturating_add(1);
    if moved.times >= TIMES && now.duration_since(moved.since) >= OVER {
        moved.adopted = Some(now);
    }
    Some(moved)
}

/// What is remembered of a move after a visit that failed: the next one asks the configured address.
pub(super) fn after_failing(before: Option<Moved>) -> Option<Moved> {
    before.map(|moved| Moved { adopted: None, ..moved })
}
