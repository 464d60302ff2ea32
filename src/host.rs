//! A host: how it wants to be treated, and how we have treated it.

use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// What is remembered of a host between runs, whichever sources are there.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct HostMemory {
    /// When it was asked last.
    pub last_asked: Option<Timestamp>,
    /// It is not to be asked before this moment: it said so, or was too busy.
    pub quiet_until: Option<Timestamp>,
    /// How often in a row it was too busy for us.
    pub refusals: u32,
    /// The gap between two requests that its refusals have taught us; zero for none.
    pub learnt_gap: Duration,
    /// When it was too busy for us last.
    pub refused_at: Option<Timestamp>,
    /// What its robots.txt said, by origin.
    pub robots: Vec<KnownRobots>,
    /// How we have treated it.
    pub tally: Tally,
}

/// What the robots.txt of an origin said to one of our names.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KnownRobots {
    /// Scheme, host and port.
    pub origin: String,
    /// The product token we asked by: another name may be told other things.
    pub agent: String,
    /// Until when it is believed.
    pub until: Timestamp,
    /// What it said.
    pub said: RobotsSaid,
}

/// What a robots.txt said.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RobotsSaid {
    /// These rules: a robots.txt of what concerns us.
    Rules(String),
    /// There is none: all is permitted.
    Nothing,
    /// It could not be read, which counts as a no: what the server answered instead.
    Unreadable(u16),
}

/// Requests counted for ever: what a site's owner may ask us about.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Tally {
    /// When the count began.
    pub since: Option<Timestamp>,
    /// Requests sent.
    pub requests: u64,
    /// Of these, how many asked only whether something had changed.
    pub conditional: u64,
    /// Of these, how many were answered "not modified" (304).
    pub not_modified: u64,
    /// Bytes of bodies that came, content-coding undone.
    pub bytes: u64,
    /// Bytes of the bodies that a 304 spared the server.
    pub bytes_saved: u64,
    /// Answers that said that we are too much (429, 503).
    pub refused: u64,
    /// Of these, how many said for how long to stay away.
    pub retry_after: u64,
    /// Requests not sent because the host had asked for quiet.
    pub kept_away: u64,
    /// Requests sent although it had: a fault of ours.
    pub too_early: u64,
    /// The most requests within one hour by the clock.
    pub most_in_an_hour: u32,
    /// The hour under way: hours since 1970.
    pub hour: i64,
    /// Requests within it.
    pub in_hour: u32,
}

impl Tally {
    /// Counts a request that is about to be sent.
    pub fn sent(&mut self, now: Timestamp) {
        self.since = Some(self.since.unwrap_or(now));
        self.requests += 1;
        let hour = now.as_second().div_euclid(3600);
        self.in_hour = if hour == self.hour { self.in_hour.saturating_add(1) } else { 1 };
        self.hour = hour;
        self.most_in_an_hour = self.most_in_an_hour.max(self.in_hour);
    }

    /// Adds what was counted elsewhere; the hours stay those of the busier one.
    pub fn add(&mut self, other: &Self) {
        self.since = [self.since, other.since].into_iter().flatten().min();
        self.requests += other.requests;
        self.conditional += other.conditional;
        self.not_modified += other.not_modified;
        self.bytes += other.bytes;
        self.bytes_saved += other.bytes_saved;
        self.refused += other.refused;
        self.retry_after += other.retry_after;
        self.kept_away += other.kept_away;
        self.too_early += other.too_early;
        self.most_in_an_hour = self.most_in_an_hour.max(other.most_in_an_hour);
    }
}
