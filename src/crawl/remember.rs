//! What a visit changes in what is remembered of its source. Pure.

use std::fmt::Write as _;

use jiff::{SignedDuration, Timestamp};
use sha2::{Digest as _, Sha256};

use super::headers::{Headers, http_date};
use super::moves::{
    adopted, after_failing_here, after_failing_there, after_reading, after_reading_there,
    may_be_there,
};
use super::schedule::{Asked, RECENT_POSTS, next_visit};
use crate::source::Source;
use crate::visit::{
    Failure, FailureKind, GivenUp, Hints, Memory, Outage, Outcome, Teaser, Unread, Validators,
    Visit,
};

/// After this long a row of 304s a source is asked once without validators: some servers say "not
/// modified" for ever.
pub(super) const LONG_QUIET: SignedDuration = SignedDuration::from_hours(7 * 24);

/// A shorter outage says nothing of a day.
const LONG_OUTAGE: SignedDuration = SignedDuration::from_hours(12);

/// Outages are kept for as long as a digest looks back, and some.
const OUTAGES_KEPT: SignedDuration = SignedDuration::from_hours(60 * 24);

/// Of one source: two months of nights.
const OUTAGES: usize = 64;

/// What a visit found.
#[derive(Debug)]
pub(super) enum Found {
    /// 304.
    NotModified(Headers),
    /// A body, the same as the last or a new one.
    Body(Box<Seen>),
}

/// A body, and what was in it.
#[derive(Debug)]
pub(super) struct Seen {
    /// The URL it came from in the end.
    pub(super) url: String,
    /// Its headers.
    pub(super) headers: Headers,
    /// SHA-256 of its bytes, in hexadecimal.
    pub(super) hash: String,
    /// How many they are.
    pub(super) bytes: u64,
    /// Whether all it led to was read: validators vouch for nothing less.
    pub(super) complete: bool,
    /// Whether what was not read may lie behind posts that were.
    pub(super) gap: bool,
    /// What was in it; nothing where it was the same as the last.
    pub(super) contents: Option<Contents>,
}

/// What was in a body, and in what it led to.
#[derive(Debug, Default)]
pub(super) struct Contents {
    /// How many posts.
    pub(super) posts: usize,
    /// For each post not kept before, when it was said, where the source tells.
    pub(super) new: Vec<Option<Timestamp>>,
    /// How many items could not be read.
    pub(super) skipped: usize,
    /// Why most of these could not.
    pub(super) why_skipped: Option<String>,
    /// What had to be repaired.
    pub(super) repairs: Vec<String>,
    /// When to come back.
    pub(super) hints: Hints,
    /// Articles that are to be tried again.
    pub(super) unread: Vec<Unread>,
    /// See [`Memory::given_up`].
    pub(super) given_up: Vec<GivenUp>,
    /// The teasers it showed.
    pub(super) teasers: Vec<Teaser>,
    /// Whether it holds posts, or leads to some that are kept.
    pub(super) heard: bool,
    /// How many articles were left for later visits.
    pub(super) to_come: usize,
}

/// The URL and validators to ask "has it changed?" with, unless it is time to ask for everything.
pub(super) fn to_ask_with(memory: &Memory, now: Timestamp) -> Option<(&str, &Validators)> {
    let url = memory.url.as_deref()?;
    let quiet_too_long = memory.last_body.is_none_or(|last| now.duration_since(last) >= LONG_QUIET);
    (!memory.validators_lie && !quiet_too_long).then_some((url, &memory.validators))
}

/// Whether a body is, byte for byte, the one read last time at the same URL.
pub(super) fn is_same_body(memory: &Memory, url: &str, hash: &str) -> bool {
    memory.url.as_deref() == Some(url) && memory.body_hash.as_deref() == Some(hash)
}

/// The memory after a visit that was made as `visit` says and found `found`.
///
/// Store it only after the posts of the visit: its validators vouch for them.
pub(super) fn remember(
    source: &Source,
    mut memory: Memory,
    mut visit: Visit,
    found: Result<Found, Failure>,
    now: Timestamp,
) -> Memory {
    let was_led = adopted(&memory, visit.at).is_none();
    match found {
        Err(mut failure) => {
            memory.failures = memory.failures.saturating_add(1);
            let kind = failure.kind;
            if kind == FailureKind::Gone && !was_led {
                // Gone is the place it moved to, not the source.
                failure.kind = FailureKind::Missing;
                "it had moved for good to a place that is gone (410): its own address is asked next"
                    .clone_into(&mut failure.sentence);
            } else if kind == FailureKind::Gone && may_be_there(memory.moved.as_ref(), now) {
                failure.kind = FailureKind::Missing;
                "its own address is gone (410), but it had moved for good: its new place is asked next"
                    .clone_into(&mut failure.sentence);
            }
            memory.retired |= failure.kind == FailureKind::Gone;
            memory.moved = if was_led {
                after_failing_here(memory.moved.take(), now)
            } else {
                after_failing_there(memory.moved.take(), kind)
            };
            visit.outcome = Outcome::Failed(failure);
        }
        Ok(found) => {
            if begins_anew(&found) {
                note_outage(&mut memory, now);
            }
            memory.failures = 0;
            memory.last_success = Some(now);
            if !was_led {
                memory.moved = after_reading_there(memory.moved.take());
            }
            match found {
                Found::NotModified(headers) => {
                    let to = memory.url.as_deref().filter(|_| headers.moved_for_good);
                    if was_led {
                        memory.moved = after_reading(memory.moved.take(), to, now);
                    }
                    // A 304 that says nothing of it leaves what the body said (RFC 9111 §4.3.4).
                    memory.fresh_for = headers.fresh_for.or(memory.fresh_for);
                    let kept = &mut memory.validators;
                    kept.etag = headers.validators.etag.or(kept.etag.take());
                    kept.last_modified =
                        headers.validators.last_modified.or(kept.last_modified.take());
                    visit.outcome = Outcome::Unchanged;
                }
                Found::Body(seen) => {
                    let to = Some(seen.url.as_str()).filter(|_| seen.headers.moved_for_good);
                    if was_led {
                        memory.moved = after_reading(memory.moved.take(), to, now);
                    }
                    memory.fresh_for = seen.headers.fresh_for;
                    visit.outcome = remember_body(&mut memory, *seen, now);
                }
            }
        }
    }
    memory.last = Some(visit);
    memory.next_visit = Some(next_visit(&source.id, &memory, &Asked::of(source, &memory), now));
    memory
}

/// Whether what was said since we were here last may be lost in part: nothing of what it shows is known, so
/// it does not reach back to what is.
fn begins_anew(found: &Found) -> bool {
    let Found::Body(seen) = found else { return false };
    let contents = seen.contents.as_ref();
    contents.is_some_and(|contents| contents.posts > 0 && contents.new.len() >= contents.posts)
}

/// Keeps in mind how long it could not be heard until now, where that was long.
fn note_outage(memory: &mut Memory, now: Timestamp) {
    let oldest = now.saturating_sub(OUTAGES_KEPT).unwrap_or(Timestamp::MIN);
    memory.outages.retain(|outage| outage.until >= oldest);
    let Some(from) = memory.silent_since(now) else { return };
    if now.duration_since(from) >= LONG_OUTAGE {
        memory.outages.push(Outage { from, until: now });
        let more = memory.outages.len().saturating_sub(OUTAGES);
        memory.outages.drain(..more);
    }
}

fn remember_body(memory: &mut Memory, seen: Seen, now: Timestamp) -> Outcome {
    let same_place = memory.url.as_deref() == Some(&seen.url);
    let lied = same_place && lied(memory, &seen, now);
    let first = memory.last_body.is_none();
    memory.validators_lie = lied || (memory.validators_lie && same_place);
    memory.last_body = Some(now);
    memory.url = Some(seen.url);
    memory.body_bytes = seen.bytes;
    if seen.complete {
        memory.validators = seen.headers.validators;
        memory.body_hash = Some(seen.hash);
    } else {
        memory.validators = Validators::default();
        memory.body_hash = None;
    }
    let Some(contents) = seen.contents else {
        return Outcome::Unchanged;
    };
    memory.gap = seen.gap;
    // At the first visit an undated post may be years old; later, it is as new as our last visit.
    let new = contents.new.len();
    let moments = contents.new.into_iter();
    memory.recent_posts.extend(
        moments.filter_map(|said| said.map(|said| said.min(now)).or((!first).then_some(now))),
    );
    memory.recent_posts.sort_unstable_by(|a, b| b.cmp(a));
    memory.recent_posts.truncate(RECENT_POSTS);
    memory.hints = contents.hints;
    memory.unread = contents.unread;
    memory.given_up = contents.given_up;
    memory.teasers = contents.teasers;
    memory.last_heard = contents.heard.then_some(now).or(memory.last_heard);
    Outcome::Read {
        posts: contents.posts,
        new,
        skipped: contents.skipped,
        why_skipped: contents.why_skipped,
        repairs: contents.repairs,
        to_come: contents.to_come,
    }
}

/// Whether the server said 304 while it had something new: we asked for everything after a row of
/// 304s, and there is a post we do not know, which nothing shows to be newer than the last 304:
/// neither its own date nor Last-Modified.
fn lied(memory: &Memory, seen: &Seen, now: Timestamp) -> bool {
    let had_validators = memory.validators != Validators::default();
    let asked_for_everything = had_validators && to_ask_with(memory, now).is_none();
    let last_304 = memory.last.as_ref().filter(|last| last.outcome == Outcome::Unchanged);
    let new = seen.contents.as_ref().map(|contents| contents.new.as_slice()).unwrap_or_default();
    let changed = seen.headers.validators.last_modified.as_deref().and_then(http_date);
    let is_older = |moment: Option<Timestamp>, last: &Visit| moment.is_none_or(|at| at <= last.at);
    asked_for_everything
        && last_304.is_some_and(|last| {
            is_older(changed, last) && new.iter().any(|said| is_older(*said, last))
        })
}

/// SHA-256 in hexadecimal: what tells one body from another.
pub(super) fn hash(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().fold(String::with_capacity(64), |mut text, byte| {
        // Writing to a String cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}
