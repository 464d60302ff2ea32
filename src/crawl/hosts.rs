//! One connection a host, with a pause between requests, and none while a host asks for quiet.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use tokio::sync::OwnedMutexGuard;
use tokio::time::Instant;
use url::Url;

use crate::host::{HostMemory, KnownRobots, Tally};

/// Hosts remembered before some that are at rest are forgotten, those first that were asked longest
/// ago.
const HOSTS_REMEMBERED: usize = 10_000;
/// As many are forgotten at a time, so that not every new host means a look at all the others.
const FORGOTTEN_AT_A_TIME: usize = 500;
/// A host that nobody has asked for so long is forgotten: only what was counted is kept.
const FORGOTTEN_AFTER: SignedDuration = SignedDuration::from_hours(24 * 90);
/// The name under which the counts of forgotten hosts are added up; no URL has it.
pub(super) const OTHERS: &str = "";
/// The longest quiet a host can ask for, and the longest we give it unasked.
pub(super) const LONGEST_QUIET: Duration = Duration::from_hours(24);
/// The quiet of a host that is too busy and does not say for how long; doubled each time.
const FIRST_QUIET: Duration = Duration::from_hours(1);
/// The longest gap that refusals teach us.
const LONGEST_GAP: Duration = Duration::from_mins(1);
/// A lesson is forgotten when the host was content with us for so long.
const LEARNT_FOR: SignedDuration = SignedDuration::from_hours(24 * 30);
/// Origins whose robots.txt is remembered of one host: http, https, and a port or two.
const ORIGINS_A_HOST: usize = 4;

/// Every host we have spoken to.
#[derive(Debug, Default)]
pub(super) struct Hosts {
    known: Mutex<Known>,
}

#[derive(Debug, Default)]
struct Known {
    slots: HashMap<String, Slot>,
    /// Forgotten, and not yet told to whoever stores them.
    forgotten: Vec<String>,
    /// Hosts that asked for quiet, of which nobody who stores it was told yet.
    newly_quiet: BTreeSet<String>,
    /// While there are no more hosts than these, none is looked for to be forgotten: there was none the
    /// last time.
    enough: usize,
}

type Slot = Arc<tokio::sync::Mutex<Manners>>;

/// How one host wants to be treated. Whoever holds it is the only one who may ask that host.
#[derive(Debug, Default)]
pub(super) struct Manners {
    last_request: Option<Instant>,
    memory: HostMemory,
    is_changed: bool,
}

/// What tells one host from another: its name, and a port that is written out, behind which another
/// server stands. http and https are one host.
pub(super) fn host_key(url: &Url) -> String {
    let host = url.host_str().unwrap_or_default().trim_end_matches('.').to_lowercase();
    url.port().map_or_else(|| host.clone(), |port| format!("{host}:{port}"))
}

impl Hosts {
    /// Takes up what was remembered of hosts before this process began; what it knows already stands.
    pub(super) fn recall(&self, remembered: Vec<(String, HostMemory)>, now: Timestamp) {
        let mut known = self.known();
        for (host, memory) in remembered {
            let manners = Manners { memory, ..Manners::default() };
            known.slots.entry(host).or_insert_with(|| Arc::new(manners.into()));
        }
        known.forget(usize::MAX, |manners| manners.is_long_ago(now));
    }

    /// What has changed since the last call, for whoever stores it; nothing for a host to forget.
    /// One that is being asked at this moment is told the next time.
    pub(super) fn changed(&self) -> BTreeMap<String, Option<HostMemory>> {
        let mut known = self.known();
        let mut changed: BTreeMap<_, _> =
            std::mem::take(&mut known.forgotten).into_iter().map(|host| (host, None)).collect();
        let Known { slots, newly_quiet, .. } = &mut *known;
        for (host, slot) in slots {
            let Ok(mut manners) = slot.try_lock() else { continue };
            newly_quiet.remove(host);
            if std::mem::take(&mut manners.is_changed) {
                changed.insert(host.clone(), Some(manners.memory.clone()));
            }
        }
        changed
    }

    /// A host asked for quiet: that is to be stored at once, for a crash must not make us forget it.
    pub(super) fn became_quiet(&self, host: &str) {
        self.known().newly_quiet.insert(host.to_owned());
    }

    /// Whether [`Hosts::changed`] would tell of a host that has just asked for quiet.
    pub(super) fn has_newly_quiet(&self) -> bool {
        let known = self.known();
        let is_free = |host| known.slots.get(host).is_some_and(|slot| slot.try_lock().is_ok());
        known.newly_quiet.iter().any(is_free)
    }

    /// Waits until nobody else speaks to the host.
    pub(super) async fn turn(&self, host: &str, now: Timestamp) -> OwnedMutexGuard<Manners> {
        let slot = {
            let mut known = self.known();
            let hosts = known.slots.len();
            if hosts >= HOSTS_REMEMBERED.max(known.enough) && !known.slots.contains_key(host) {
                known.forget(FORGOTTEN_AT_A_TIME, |manners| manners.at_rest(now));
                let left = known.slots.len();
                // Where most are busy, the next look waits until as many have come.
                known.enough = if left < HOSTS_REMEMBERED { 0 } else { left + FORGOTTEN_AT_A_TIME };
            }
            Arc::clone(known.slots.entry(host.to_owned()).or_default())
        };
        slot.lock_owned().await
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        // A holder that panicked leaves a whole map behind: entries are only added or removed.
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Known {
    /// Forgets at most so many of the hosts that `may_go`, those first that were asked longest ago,
    /// but not what was counted there.
    fn forget(&mut self, most: usize, may_go: impl Fn(&Manners) -> bool) {
        let mut going: Vec<(Option<Timestamp>, String)> = Vec::new();
        for (host, slot) in &self.slots {
            // Whoever waits for its turn holds the slot, too: in another there would be a second turn.
            let is_held = Arc::strong_count(slot) > 1;
            if let (false, true, Ok(manners)) = (is_held, host != OTHERS, slot.try_lock())
                && may_go(&manners)
            {
                going.push((manners.memory.last_asked, host.clone()));
            }
        }
        going.sort_unstable();
        going.truncate(most);
        let mut counted = Tally::default();
        for (_, host) in going {
            if let Some(manners) = self.slots.remove(&host).and_then(Arc::into_inner) {
                counted.add(&manners.into_inner().memory.tally);
            }
            self.forgotten.push(host);
        }
        if counted == Tally::default() {
            return;
        }
        let others = self.slots.entry(OTHERS.to_owned()).or_default();
        // Nobody asks it: the lock is free.
        if let Ok(mut others) = others.try_lock() {
            others.memory.tally.add(&counted);
            others.is_changed = true;
        }
    }
}

impl Manners {
    /// How long the host still wants to be left alone.
    pub(super) fn quiet_for(&self, now: Timestamp) -> Option<Duration> {
        let until = self.memory.quiet_until.filter(|until| *until > now)?;
        Duration::try_from(until.duration_since(now)).ok()
    }

    /// The host asked for quiet earlier, before this process knew it.
    pub(super) fn leave_alone(&mut self, until: Timestamp) {
        let memory = &mut self.memory;
        self.is_changed |= memory.quiet_until < Some(until);
        memory.quiet_until = memory.quiet_until.max(Some(until));
    }

    /// A request is not sent because the host wants to be left alone.
    pub(super) fn kept_away(&mut self) {
        self.is_changed = true;
        self.memory.tally.kept_away += 1;
    }

    /// Waits until `gap`, or the longer one the host has taught us, has passed since the last
    /// request ended, in this process or an earlier one.
    pub(super) async fn pause(&self, gap: Duration, now: Timestamp) {
        let is_fresh = |at: Timestamp| now.duration_since(at) < LEARNT_FOR;
        let learnt = self.memory.refused_at.filter(|at| is_fresh(*at));
        let gap = learnt.map_or(gap, |_| gap.max(self.memory.learnt_gap));
        match (self.last_request, self.memory.last_asked) {
            (Some(last), _) => tokio::time::sleep_until(last + gap).await,
            (None, Some(last)) => {
                let passed = Duration::try_from(now.duration_since(last)).unwrap_or_default();
                tokio::time::sleep(gap.saturating_sub(passed)).await;
            }
            (None, None) => {}
        }
    }

    /// A request is about to be sent. Marked before it is, too: a visit that is cut off has asked.
    pub(super) fn asks(&mut self, now: Timestamp) {
        let is_too_early = self.quiet_for(now).is_some();
        self.asked(now);
        self.memory.tally.sent(now);
        self.memory.tally.too_early += u64::from(is_too_early);
    }

    /// A request has ended.
    pub(super) fn asked(&mut self, now: Timestamp) {
        self.last_request = Some(Instant::now());
        self.memory.last_asked = Some(now);
        self.is_changed = true;
    }

    /// What is counted of the host.
    pub(super) fn tally(&mut self) -> &mut Tally {
        &mut self.memory.tally
    }

    /// The host answered as it should.
    pub(super) fn welcomed(&mut self) {
        self.memory.refusals = 0;
    }

    /// The host asked for quiet (429, 503): nobody asks it until then, and then with a longer gap.
    pub(super) fn refused(&mut self, asked: Option<Duration>, gap: Duration, now: Timestamp) {
        let memory = &mut self.memory;
        let unasked = FIRST_QUIET * 2_u32.pow(memory.refusals.min(8));
        let quiet = asked.unwrap_or(unasked).min(LONGEST_QUIET);
        memory.refusals = memory.refusals.saturating_add(1);
        memory.learnt_gap = (gap.max(memory.learnt_gap) * 2).min(LONGEST_GAP);
        memory.refused_at = Some(now);
        memory.tally.refused += 1;
        memory.tally.retry_after += u64::from(asked.is_some());
        let quiet = SignedDuration::try_from(quiet).unwrap_or_default();
        memory.quiet_until = now.checked_add(quiet).ok();
    }

    /// What the robots.txt of an origin said to one of our names, as far as it is still believed.
    pub(super) fn robots(&self, origin: &str, agent: &str, now: Timestamp) -> Option<&KnownRobots> {
        let is_it = |known: &&KnownRobots| known.origin == origin && known.agent == agent;
        self.memory.robots.iter().find(is_it).filter(|known| known.until > now)
    }

    /// Remembers what a robots.txt said.
    pub(super) fn remember_robots(&mut self, said: KnownRobots) {
        let robots = &mut self.memory.robots;
        robots.retain(|known| known.origin != said.origin);
        robots.insert(0, said);
        robots.truncate(ORIGINS_A_HOST);
        self.is_changed = true;
    }

    /// Whether nothing is lost with what is known of the host but its robots.txt: it is not quiet, has
    /// taught us no gap, and the longest gap has passed since it was asked, by this process or another.
    fn at_rest(&self, now: Timestamp) -> bool {
        let memory = &self.memory;
        let since = |at: Timestamp| now.duration_since(at);
        self.quiet_for(now).is_none()
            && memory.refusals == 0
            && memory.refused_at.is_none_or(|at| since(at) >= LEARNT_FOR)
            && memory.last_asked.is_none_or(|at| since(at).unsigned_abs() > LONGEST_GAP)
            && self.last_request.is_none_or(|last| last.elapsed() > LONGEST_GAP)
    }

    fn is_long_ago(&self, now: Timestamp) -> bool {
        let last = self.memory.last_asked.max(self.memory.quiet_until);
        last.is_none_or(|last| now.duration_since(last) > FORGOTTEN_AFTER)
    }
}
