//! A delivery: one digest on its way to one reader by one channel.
//!
//! A row for each, whose state is changed before and after what it stands for, so that nothing is ever
//! sent twice by itself: what was begun and not seen to end is [`State::Uncertain`], and a person decides.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

/// The digest of yesterday's morning is no news: what could not be sent for so long is given up.
pub const NEWS_FOR: SignedDuration = SignedDuration::from_hours(24);

/// The wait after the first failure; it doubles with each that follows…
const FIRST_WAIT: SignedDuration = SignedDuration::from_mins(1);

/// …up to this: a mail server that was down all night is reached before the morning is over.
const LONGEST_WAIT: SignedDuration = SignedDuration::from_hours(4);

/// Jitter only ever delays, by a quarter of the wait at most: many that failed together are not tried
/// again together.
const JITTER_PARTS: i32 = 4;

/// No sending lasts so long: one that was begun before and has not ended was cut short.
pub const LONGEST_SENDING: SignedDuration = SignedDuration::from_mins(10);

/// How it stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// It is to be sent.
    Waiting,
    /// It is being handed over: from here on it may have arrived.
    Sending,
    /// It was taken.
    Sent,
    /// It was not taken, and is tried again.
    Failed,
    /// It is not tried again by itself.
    Dead,
    /// Nobody knows whether it was taken; it is not tried again by itself.
    Uncertain,
    /// A person gave it up.
    Dropped,
}

impl State {
    /// The word for it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Sending => "sending",
            Self::Sent => "sent",
            Self::Failed => "failed",
            Self::Dead => "dead",
            Self::Uncertain => "uncertain",
            Self::Dropped => "dropped",
        }
    }

    /// Whether a person should look at it.
    #[must_use]
    pub const fn is_dead(self) -> bool {
        matches!(self, Self::Dead | Self::Uncertain)
    }

    /// Whether it is still going to be sent by itself.
    #[must_use]
    pub const fn is_open(self) -> bool {
        matches!(self, Self::Waiting | Self::Failed)
    }
}

/// Names a delivery: `2026-11-22/ada/mail`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct DeliveryId {
    /// The date of the digest.
    pub date: Date,
    /// The reader's id.
    pub reader: String,
    /// The channel's id.
    pub channel: String,
}

/// A text that names no delivery.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} names no delivery; write it as in 2026-11-22/ada/mail")]
pub struct NotADelivery(String);

impl FromStr for DeliveryId {
    type Err = NotADelivery;

    fn from_str(text: &str) -> Result<Self, NotADelivery> {
        let wrong = || NotADelivery(text.to_owned());
        let parts: Vec<&str> = text.split('/').collect();
        let [date, reader, channel] = parts[..] else { return Err(wrong()) };
        let date = date.parse().map_err(|_| wrong())?;
        if reader.is_empty() || channel.is_empty() {
            return Err(wrong());
        }
        Ok(Self { date, reader: reader.to_owned(), channel: channel.to_owned() })
    }
}

impl TryFrom<String> for DeliveryId {
    type Error = NotADelivery;

    fn try_from(text: String) -> Result<Self, NotADelivery> {
        text.parse()
    }
}

impl From<DeliveryId> for String {
    fn from(id: DeliveryId) -> Self {
        id.to_string()
    }
}

impl fmt::Display for DeliveryId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { date, reader, channel } = self;
        write!(f, "{date}/{reader}/{channel}")
    }
}

/// One digest on its way by one channel.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Delivery {
    /// Which.
    pub id: DeliveryId,
    /// How it stands.
    pub state: State,
    /// When it came to stand so.
    pub at: Timestamp,
    /// How often it was tried.
    pub tries: u32,
    /// When it is to be tried.
    pub due: Timestamp,
    /// Afterwards it is given up.
    pub until: Timestamp,
    /// What was answered, or what went wrong.
    pub words: Option<String>,
    /// What names the message to whoever took it.
    pub message_id: Option<String>,
}

impl Delivery {
    /// A digest that was made at `made` and is to be sent.
    #[must_use]
    pub fn new(id: DeliveryId, made: Timestamp, now: Timestamp) -> Self {
        // A clock that was ahead when it was made gives it no longer life.
        let until = later(made.min(now), NEWS_FOR);
        let (words, message_id) = (None, None);
        Self { id, state: State::Waiting, at: now, tries: 0, due: now, until, words, message_id }
    }

    /// Whether it is to be tried at `now`.
    #[must_use]
    pub fn is_due(&self, now: Timestamp) -> bool {
        // No wait is that long: the clock was wrong when it was set.
        self.state.is_open() && (self.due <= now || self.due > later(now, NEWS_FOR))
    }

    /// Whether it is to be given up at `now`.
    #[must_use]
    pub fn is_stale(&self, now: Timestamp) -> bool {
        self.state.is_open() && self.until <= now
    }

    /// Whether whoever sent it was cut short.
    #[must_use]
    pub fn is_abandoned(&self, now: Timestamp) -> bool {
        // A clock that is set back by a little tells nothing.
        let is_old = now.duration_since(self.at).abs() > LONGEST_SENDING;
        self.state == State::Sending && is_old
    }

    /// From now on it may have arrived.
    #[must_use]
    pub fn sending(&self, message_id: &str, now: Timestamp) -> Self {
        let tries = self.tries.saturating_add(1);
        let message_id = Some(message_id.to_owned());
        Self { state: State::Sending, at: now, tries, message_id, ..self.clone() }
    }

    /// It was taken, with these words.
    #[must_use]
    pub fn sent(&self, words: String, now: Timestamp) -> Self {
        Self { state: State::Sent, at: now, words: Some(words), ..self.clone() }
    }

    /// It was not taken: it is tried again, no sooner than after `wait` where one was asked for.
    #[must_use]
    pub fn failed(&self, words: String, wait: Option<Duration>, now: Timestamp) -> Self {
        let tries = if self.state == State::Sending { self.tries } else { self.tries + 1 };
        let longest = SignedDuration::MAX;
        let asked = wait.map_or(SignedDuration::ZERO, |wait| wait.try_into().unwrap_or(longest));
        let due = later(now, self.wait_after(tries).max(asked.min(NEWS_FOR)));
        let words = Some(words);
        let failed = Self { state: State::Failed, at: now, tries, due, words, ..self.clone() };
        if due >= self.until { failed.given_up(now) } else { failed }
    }

    /// It is tried with others of its channel, that could not be reached a moment ago.
    #[must_use]
    pub fn put_off(&self, due: Timestamp) -> Self {
        Self { due, ..self.clone() }
    }

    /// It is not tried again: this is why.
    #[must_use]
    pub fn refused(&self, words: String, now: Timestamp) -> Self {
        let tries = if self.state == State::Sending { self.tries } else { self.tries + 1 };
        Self { state: State::Dead, at: now, tries, words: Some(words), ..self.clone() }
    }

    /// It is not tried again: its day is over.
    #[must_use]
    pub fn given_up(&self, now: Timestamp) -> Self {
        let last = self.words.as_deref().unwrap_or("it was never tried");
        let words = Some(format!("given up: its morning is over; last: {last}"));
        Self { state: State::Dead, at: now, words, ..self.clone() }
    }

    /// Nobody knows whether it was taken.
    #[must_use]
    pub fn lost(&self, words: String, now: Timestamp) -> Self {
        Self { state: State::Uncertain, at: now, words: Some(words), ..self.clone() }
    }

    /// A person wants it sent, whatever became of it before.
    #[must_use]
    pub fn again(&self, now: Timestamp) -> Self {
        let until = later(now, NEWS_FOR);
        Self { state: State::Waiting, at: now, tries: 0, due: now, until, ..self.clone() }
    }

    /// A person gives it up.
    #[must_use]
    pub fn dropped(&self, now: Timestamp) -> Self {
        Self { state: State::Dropped, at: now, ..self.clone() }
    }

    /// As it is taken from a backup: what was open then may have been sent since.
    #[must_use]
    pub fn restored(self) -> Self {
        if !matches!(self.state, State::Waiting | State::Failed | State::Sending) {
            return self;
        }
        let words = "it was open when the backup was made, and may have been sent since".to_owned();
        let at = self.at;
        self.lost(words, at)
    }

    /// How long to wait after so many tries.
    fn wait_after(&self, tries: u32) -> SignedDuration {
        let doubled = 2_i32.saturating_pow(tries.clamp(1, 16) - 1);
        let wait = FIRST_WAIT.saturating_mul(doubled).min(LONGEST_WAIT);
        let hash = Sha256::digest(format!("{} {tries}", self.id));
        wait + wait / JITTER_PARTS * i32::from(hash[0]) / i32::from(u8::MAX)
    }
}

fn later(moment: Timestamp, wait: SignedDuration) -> Timestamp {
    moment.checked_add(wait).unwrap_or(Timestamp::MAX)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn delivery() -> Delivery {
        let made = at("2026-11-22T06:00:00Z");
        Delivery::new("2026-11-22/ada/mail".parse().unwrap(), made, made)
    }

    #[test]
    fn its_name_is_read_as_it_is_written() {
        let id: DeliveryId = "2026-11-22/ada.b/slack-sales".parse().unwrap();
        assert_eq!(id.to_string(), "2026-11-22/ada.b/slack-sales");
        for wrong in
            ["", "ada", "2026-11-22/ada", "2026-13-22/ada/mail", "2026-11-22//mail", "a/b/c/d"]
        {
            assert!(wrong.parse::<DeliveryId>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn what_fails_is_tried_ever_later_and_given_up_when_its_morning_is_over() {
        let mut delivery = delivery();
        let mut now = at("2026-11-22T06:00:00Z");
        let mut waits = Vec::new();
        while delivery.state.is_open() {
            assert!(delivery.is_due(now));
            delivery = delivery.failed("451 try later".to_owned(), None, now);
            if delivery.state == State::Failed {
                waits.push(delivery.due.duration_since(now).as_mins());
                assert!(!delivery.is_due(now));
                now = delivery.due;
            }
        }
        assert_eq!(waits[..4].iter().map(|wait| wait.ilog2()).collect::<Vec<_>>(), [0, 1, 2, 3]);
        assert!(waits.iter().all(|wait| *wait <= 300) && waits.len() < 20, "{waits:?}");
        assert_eq!(delivery.state, State::Dead);
        assert!(delivery.words.unwrap().contains("451 try later"));
    }

    #[test]
    fn who_asks_for_a_longer_wait_gets_it_up_to_a_day() {
        let now = at("2026-11-22T06:00:00Z");
        let hour = delivery().failed("429".into(), Some(Duration::from_hours(2)), now);
        assert_eq!(hour.due, at("2026-11-22T08:00:00Z"));
        let years = delivery().failed("429".into(), Some(Duration::MAX), now);
        assert_eq!(years.state, State::Dead);
    }

    #[test]
    fn who_was_cut_short_while_sending_is_found_out_whatever_the_clock_did() {
        let now = at("2026-11-22T06:00:00Z");
        let sending = delivery().sending("<a@b>", now);
        assert!(!sending.is_abandoned(now) && !sending.is_due(now) && !sending.is_stale(now));
        assert!(sending.is_abandoned(at("2026-11-22T06:11:00Z")));
        assert!(sending.is_abandoned(at("2020-01-01T00:00:00Z")), "the clock was set back");
        assert!(!delivery().is_abandoned(at("2026-11-22T06:11:00Z")));
    }

    #[test]
    fn what_a_backup_held_open_is_not_sent_by_itself() {
        let now = at("2026-11-22T06:00:00Z");
        let delivery = delivery();
        let failed = delivery.failed("x".into(), None, now);
        for open in [delivery.clone(), failed, delivery.sending("<a@b>", now)] {
            assert_eq!(open.restored().state, State::Uncertain);
        }
        assert_eq!(delivery.sent("250".into(), now).restored().state, State::Sent);
    }

    proptest! {
        #[test]
        fn a_wait_is_never_shorter_than_asked_nor_longer_than_a_day(
            tries in 0_u32..100, asked in proptest::option::of(0_u64..10_000_000), now in 0_i64..4_000_000_000,
        ) {
            let now = Timestamp::from_second(now).unwrap();
            let id = "2026-11-22/ada/mail".parse().unwrap();
            let delivery = Delivery { tries, ..Delivery::new(id, now, now) };
            let failed = delivery.failed(String::new(), asked.map(Duration::from_secs), now);
            let wait = failed.due.duration_since(now);
            prop_assert!(wait >= FIRST_WAIT && wait <= NEWS_FOR.max(LONGEST_WAIT * 2));
            prop_assert!(failed.state == State::Dead || wait.as_secs().unsigned_abs() >= asked.unwrap_or(0).min(86_400));
            prop_assert_eq!(failed.state == State::Dead, failed.due >= failed.until);
        }
    }
}
