//! One connection a host, with a pause between requests, and none while a host asks for quiet.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use tokio::sync::OwnedMutexGuard;
use tokio::time::Instant;
use url::Url;

/// Hosts remembered before those that are at rest are forgotten.
const HOSTS_REMEMBERED: usize = 10_000;
/// The longest quiet a host can ask for, and the longest we give it unasked.
pub(super) const LONGEST_QUIET: Duration = Duration::from_hours(24);
/// The quiet of a host that is too busy and does not say for how long; doubled each time.
const FIRST_QUIET: Duration = Duration::from_hours(1);
/// The longest gap that refusals teach us.
const LONGEST_GAP: Duration = Duration::from_mins(1);

/// Every host we have spoken to.
#[derive(Debug, Default)]
pub(super) struct Hosts {
    slots: Mutex<HashMap<String, Arc<tokio::sync::Mutex<Manners>>>>,
}

/// How one host wants to be treated. Whoever holds it is the only one who may ask that host.
#[derive(Debug, Default)]
pub(super) struct Manners {
    last_request: Option<Instant>,
    quiet_until: Option<Timestamp>,
    refusals: u32,
    learnt_gap: Duration,
}

/// What tells one host from another: its name, and a port that is written out, behind which another
/// server stands. http and https are one host.
pub(super) fn host_key(url: &Url) -> String {
    let host = url.host_str().unwrap_or_default().trim_end_matches('.').to_lowercase();
    url.port().map_or_else(|| host.clone(), |port| format!("{host}:{port}"))
}

impl Hosts {
    /// Waits until nobody else speaks to the host.
    pub(super) async fn turn(&self, host: &str, now: Timestamp) -> OwnedMutexGuard<Manners> {
        let slot = {
            // A holder that panicked leaves a whole map behind: entries are only added or removed.
            let mut slots = self.slots.lock().unwrap_or_else(PoisonError::into_inner);
            if slots.len() >= HOSTS_REMEMBERED {
                slots.retain(|_, slot| slot.try_lock().map_or(true, |host| !host.at_rest(now)));
            }
            Arc::clone(slots.entry(host.to_owned()).or_default())
        };
        slot.lock_owned().await
    }
}

impl Manners {
    /// How long the host still wants to be left alone.
    pub(super) fn quiet_for(&self, now: Timestamp) -> Option<Duration> {
        let until = self.quiet_until.filter(|until| *until > now)?;
        Duration::try_from(until.duration_since(now)).ok()
    }

    /// The host asked for quiet earlier, before this process knew it.
    pub(super) fn leave_alone(&mut self, until: Timestamp) {
        self.quiet_until = self.quiet_until.max(Some(until));
    }

    /// Waits until `gap`, or the longer one the host has taught us, has passed since the last
    /// request ended.
    pub(super) async fn pause(&self, gap: Duration) {
        if let Some(last) = self.last_request {
            tokio::time::sleep_until(last + gap.max(self.learnt_gap)).await;
        }
    }

    /// A request has ended.
    pub(super) fn asked(&mut self) {
        self.last_request = Some(Instant::now());
    }

    /// The host answered as it should.
    pub(super) fn welcomed(&mut self) {
        self.refusals = 0;
    }

    /// The host asked for quiet (429, 503): nobody asks it until then, and then with a longer gap.
    pub(super) fn refused(&mut self, asked: Option<Duration>, gap: Duration, now: Timestamp) {
        let unasked = FIRST_QUIET * 2_u32.pow(self.refusals.min(8));
        let quiet = asked.unwrap_or(unasked).min(LONGEST_QUIET);
        self.refusals = self.refusals.saturating_add(1);
        self.learnt_gap = (gap.max(self.learnt_gap) * 2).min(LONGEST_GAP);
        let quiet = SignedDuration::try_from(quiet).unwrap_or_default();
        self.quiet_until = now.checked_add(quiet).ok();
    }

    fn at_rest(&self, now: Timestamp) -> bool {
        self.quiet_for(now).is_none()
            && self.last_request.is_none_or(|last| last.elapsed() > LONGEST_GAP)
    }
}
