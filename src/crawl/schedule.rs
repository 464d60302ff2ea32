//! When to visit a source next: a pure function of what happened and what was asked of us.

use std::time::Duration;

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use sha2::{Digest as _, Sha256};

use crate::adapters::{Adapter, Hints};
use crate::source::{Source, SourceId};
use crate::visit::{Failure, FailureKind, Memory, Outcome, Start};

/// No source is asked more often, whatever it or a marketer wishes.
pub const SHORTEST: Duration = Duration::from_mins(15);
/// No working source is asked less often, unless it names hours or days to stay away.
pub const LONGEST: Duration = Duration::from_hours(24);
/// Without any history, a source that lets us ask "has it changed?": asking is cheap for it.
pub const WITH_VALIDATORS: Duration = Duration::from_hours(1);
/// Without any history, a source that sends everything every time.
pub const WITHOUT_VALIDATORS: Duration = Duration::from_hours(6);
/// A source read within that is not asked again sooner than was planned, whatever is wished meanwhile.
const RECENTLY: Duration = Duration::from_hours(1);
/// How many new posts are remembered to see how busy a source is.
pub const RECENT_POSTS: usize = 20;

/// Posts needed before a source's own pace is believed.
const POSTS_FOR_A_PACE: usize = 3;
/// We come about this often between two posts of a source, so that a post waits a quarter of a gap.
const VISITS_A_POST: u32 = 4;
/// A busy source is asked at most this many times as often as a source without history.
const AT_MOST_AS_OFTEN: u32 = 4;
/// A retired source is not visited; this keeps its date finite for whoever sorts by it.
const RETIRED: Duration = Duration::from_hours(24 * 365);
const DAY: Duration = Duration::from_hours(24);

/// What is asked of us: by the marketer, by the server's answer, and by the feed itself.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Asked {
    /// The marketer's wish.
    pub every: Option<Duration>,
    /// For how long the server calls its answer fresh (`max-age`, `Expires`), the longer of them.
    pub fresh_for: Option<Duration>,
    /// `ttl`, `sy:updatePeriod`, `skipHours` and `skipDays` of the feed.
    pub hints: Hints,
}

impl Asked {
    /// What is asked of us for `source`, as far as its memory tells.
    #[must_use]
    pub fn of(source: &Source, memory: &Memory) -> Self {
        Self { every: source.every, fresh_for: memory.fresh_for, hints: memory.hints.clone() }
    }
}

/// When to visit `source` next, given its memory as it stands after the visit that ended at `now`.
///
/// Never before [`SHORTEST`] has passed, nor before anything that was asked; a working source is
/// visited within [`LONGEST`] unless it names hours and days to stay away. Equal values give equal
/// moments: the jitter comes from the source's id, and only ever delays.
#[must_use]
pub fn next_visit(source: &SourceId, memory: &Memory, asked: &Asked, now: Timestamp) -> Timestamp {
    if memory.retired {
        return after(now, RETIRED);
    }
    let interval = interval(memory, asked, now);
    let last = memory.last.as_ref().map(|visit| &visit.outcome);
    let wait = match last {
        Some(Outcome::Failed(failure)) => after_failure(source, failure, memory.failures, interval),
        _ => (interval + jitter(source, interval / 10)).min(LONGEST),
    };
    let moment = after(now, wait);
    outside_skipped(source, &asked.hints, moment)
}

/// Whether a source is to be visited now. One never visited is.
#[must_use]
pub fn is_due(memory: &Memory, now: Timestamp) -> bool {
    !memory.retired && memory.next_visit.is_none_or(|next| next <= now)
}

/// The memory of a source as its present configuration lets it stand (see [`Memory::for_start`]):
/// ask whether it [`is_due`] of this one, so that a corrected address is tried at once, and a wish to read it
/// more often counts from its last visit on. A source that fails is waited for as before.
#[must_use]
pub fn as_configured(memory: Memory, source: &Source, adapter: &dyn Adapter) -> Memory {
    let url = adapter.start().url.into();
    let mut memory = memory.for_start(Start { kind: source.kind.to_owned(), url });
    let was_read = memory.last.as_ref().is_some_and(|last| last.outcome.failure().is_none());
    if let (Some(planned), Some(read), true) = (memory.next_visit, memory.last_success, was_read) {
        let wished = next_visit(&source.id, &memory, &Asked::of(source, &memory), read);
        // A change of ours asks nobody who was read recently.
        let later = outside_skipped(&source.id, &memory.hints, after(read, RECENTLY));
        let sooner = wished.max(later).min(planned);
        memory.next_visit = Some(if wished < planned { sooner } else { wished });
    }
    memory
}

/// Until when the whole host of a source is to be left alone, as far as the source's last visit
/// tells: it, and with it every other source there, was refused with 429 or 503.
#[must_use]
pub fn host_quiet_until(memory: &Memory) -> Option<Timestamp> {
    let last = memory.last.as_ref()?;
    match &last.outcome {
        Outcome::Failed(failure) if failure.kind == FailureKind::Busy => {
            let unasked = Patience::with(FailureKind::Busy).after(memory.failures);
            Some(after(last.at, failure.retry_after.unwrap_or(unasked).min(LONGEST)))
        }
        _ => None,
    }
}

/// How long a kind of failure is waited out: the first wait, doubled each time up to the longest.
#[derive(Debug, Clone, Copy)]
struct Patience {
    first: Duration,
    longest: Duration,
}

impl Patience {
    /// The table of waits, by kind of failure.
    const fn with(kind: FailureKind) -> Self {
        use FailureKind as Kind;
        let (first, longest) = match kind {
            // Passes by itself, mostly within hours.
            Kind::Connect | Kind::Timeout | Kind::Status | Kind::Busy => {
                (Duration::from_hours(1), DAY)
            }
            Kind::Dns => (Duration::from_hours(2), times(DAY, 3)),
            Kind::Protocol => (Duration::from_hours(6), times(DAY, 3)),
            // Needs somebody at the other end.
            Kind::Tls | Kind::NotAFeed | Kind::Redirect | Kind::Robots => {
                (Duration::from_hours(6), times(DAY, 7))
            }
            Kind::Missing => (Duration::from_hours(6), times(DAY, 21)),
            // Needs somebody at ours: coming back sooner is only rude.
            Kind::Refused => (DAY, times(DAY, 14)),
            Kind::TooLarge => (DAY, times(DAY, 7)),
            // Nobody was asked, and an operator who allows the host wants to see it work.
            Kind::ForbiddenAddress => (SHORTEST, DAY),
            Kind::Gone => (times(DAY, 30), times(DAY, 30)),
        };
        Self { first, longest }
    }

    /// The wait after this many failures in a row.
    fn after(self, failures: u32) -> Duration {
        let doublings = failures.saturating_sub(1).min(16);
        (self.first * 2_u32.pow(doublings)).min(self.longest)
    }
}

/// The wait after a failure: as long as the server asked for, else by the table.
fn after_failure(
    source: &SourceId,
    failure: &Failure,
    failures: u32,
    interval: Duration,
) -> Duration {
    let asked_to_wait = failure.retry_after.filter(|_| failure.kind == FailureKind::Busy);
    if let Some(asked_to_wait) = asked_to_wait {
        let wait = asked_to_wait.clamp(interval, LONGEST);
        return (wait + jitter(source, wait / 4)).min(LONGEST);
    }
    // Many sources of one failing host come back spread out over a quarter of the wait.
    let wait = Patience::with(failure.kind).after(failures).max(interval);
    let wait = wait.max(failure.retry_after.unwrap_or_default().min(LONGEST));
    wait + jitter(source, wait / 4)
}

const fn times(duration: Duration, factor: u32) -> Duration {
    Duration::from_secs(duration.as_secs() * factor as u64)
}

/// The time between two visits that go well, before chance delays it: the longest of what is wished,
/// what the source's own pace suggests, and what its server and its feed ask.
#[must_use]
pub fn interval(memory: &Memory, asked: &Asked, now: Timestamp) -> Duration {
    let wished = asked.every.unwrap_or_else(|| own_interval(memory, now));
    [Some(wished), asked.fresh_for, asked.hints.interval]
        .into_iter()
        .flatten()
        .max()
        .unwrap_or(wished)
        .clamp(SHORTEST, LONGEST)
}

/// The interval nobody asked for: by whether asking is cheap, and by how busy the source is.
fn own_interval(memory: &Memory, now: Timestamp) -> Duration {
    let validators = &memory.validators;
    let cheap =
        (validators.etag.is_some() || validators.last_modified.is_some()) && !memory.validators_lie;
    let usual = if cheap { WITH_VALIDATORS } else { WITHOUT_VALIDATORS };
    match gap_between_posts(&memory.recent_posts, now) {
        Some(gap) => (gap / VISITS_A_POST).clamp(usual / AT_MOST_AS_OFTEN, LONGEST),
        None => usual,
    }
}

/// The mean gap between a source's last posts, the silence since the newest counted in.
fn gap_between_posts(recent: &[Timestamp], now: Timestamp) -> Option<Duration> {
    if recent.len() < POSTS_FOR_A_PACE {
        return None;
    }
    let oldest = recent.iter().min()?;
    let span = Duration::try_from(now.duration_since(*oldest)).unwrap_or_default();
    Some(span / u32::try_from(recent.len()).unwrap_or(u32::MAX))
}

/// A part of `most` that is always the same for one source.
fn jitter(source: &SourceId, most: Duration) -> Duration {
    let hash = Sha256::digest(source.as_str().as_bytes());
    let part = u16::from_be_bytes([hash[0], hash[1]]);
    most.mul_f64(f64::from(part) / f64::from(u16::MAX))
}

/// The first moment from `moment` on that is not in an hour or on a day the feed asks to skip.
fn outside_skipped(source: &SourceId, hints: &Hints, moment: Timestamp) -> Timestamp {
    let skipped = |moment: Timestamp| {
        let gmt = moment.to_zoned(TimeZone::UTC);
        let hour = u8::try_from(gmt.hour()).unwrap_or(0);
        hints.skip_hours.contains(&hour) || hints.skip_days.contains(&gmt.weekday())
    };
    if !skipped(moment) {
        return moment;
    }
    let into_the_hour = moment.as_second().rem_euclid(3600);
    let hour_start = moment.as_second() - into_the_hour;
    // A feed that skips the whole week is not taken at its word.
    (1..=7 * 24)
        .filter_map(|hours| Timestamp::from_second(hour_start + hours * 3600).ok())
        .find(|hour| !skipped(*hour))
        .map_or(moment, |hour| after(hour, jitter(source, Duration::from_mins(5))))
}

fn after(moment: Timestamp, wait: Duration) -> Timestamp {
    SignedDuration::try_from(wait)
        .ok()
        .and_then(|wait| moment.checked_add(wait).ok())
        .unwrap_or(Timestamp::MAX)
}
