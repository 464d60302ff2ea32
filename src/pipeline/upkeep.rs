//! Upkeep: what is too old goes, and what was replaced gives its space back.
//!
//! A clock that leaps ahead must not drop what is new. What others say carries the dates of their clocks:
//! what is too old is counted from the last of these, and some time, where ours is further ahead.

use jiff::{SignedDuration, Timestamp};
use serde::Serialize;

use super::PipelineError;
use crate::clock::Clock;
use crate::config::Market;
use crate::digest::Window;
use crate::month::Month;
use crate::post::Post;
use crate::retention::{Retention, Term};
use crate::source::Voice;
use crate::store::{Anew, Compacted, Filed, Keeps, Store, StoreError};

/// A month is written anew when it has grown to so many times what it was after the last time.
const WASTEFUL: f64 = 1.5;

/// And by so many bytes more: sled's files have some air in them at any size.
const AIR_BYTES: u64 = 8 << 20;

/// For so long a market may say nothing, or give no dates, and our clock is believed all the same: a clock
/// that lost its battery, or a year's first digit, is out by more.
const QUIET: SignedDuration = SignedDuration::from_hours(24 * 30);

/// What others said is looked for a day at a time…
const DAY: SignedDuration = SignedDuration::from_hours(24);

/// …and so far back: ten years ahead is as wrong as any.
const MOST_DAYS: u32 = 3_660;

/// Whose word is taken for what time it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trust {
    /// The clock's, as long as what others say bears it out.
    Witnessed,
    /// The clock's: a person has looked at it.
    Clock,
}

/// What upkeep needs.
#[derive(Clone, Copy)]
pub struct Upkeep<'a> {
    /// Which voice speaks from a source.
    pub market: &'a Market,
    /// How long posts are kept.
    pub retention: &'a Retention,
    /// Where they are.
    pub store: &'a dyn Store,
    /// What time it is.
    pub clock: &'a dyn Clock,
    /// Whether it is believed.
    pub trust: Trust,
}

/// Why a month is written anew, or goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    /// The time of every voice is over.
    AllOver,
    /// The time of some voices is over.
    SomeOver,
    /// Its files hold much that was replaced.
    Wasteful,
    /// Somebody asked for it.
    Asked,
}

/// A month that is to be written anew, or to go.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Due {
    /// Which.
    #[serde(flatten)]
    pub filed: Filed,
    /// Why.
    pub reason: Reason,
}

impl Upkeep<'_> {
    /// The months that are due: those to be given up first, for the others are written anew in their space, and each
    /// the oldest first; every one where that is asked for.
    ///
    /// # Errors
    /// [`PipelineError`].
    pub fn due(&self, every: bool) -> Result<Vec<Due>, PipelineError> {
        let now = self.moment(self.clock.now())?;
        let reason =
            |filed: &Filed| self.reason(filed, now).or_else(|| every.then_some(Reason::Asked));
        let months = self.store.months()?.into_iter();
        let mut due: Vec<Due> =
            months.filter_map(|filed| Some(Due { reason: reason(&filed)?, filed })).collect();
        due.sort_by_key(|due| due.reason != Reason::AllOver);
        Ok(due)
    }

    /// Writes a month anew with what is to stay, or gives it up.
    ///
    /// # Errors
    /// [`PipelineError`]; the month stands as it was.
    pub fn keep_up(&self, due: &Due) -> Result<Compacted, PipelineError> {
        let (at, now, month) = (self.clock.now(), self.moment(self.clock.now())?, due.filed.month);
        if due.reason == Reason::AllOver {
            return Ok(self.store.give_up(month)?);
        }
        // Whose voice it was is not known where a source is listened to no more: its posts stay.
        let sources = self.market.sources.iter().map(|listened| &listened.source);
        let over = sources.filter(|source| self.retention.is_over(source.voice, month, now));
        let without = over.map(|source| source.id.clone()).collect();
        let keeps = Keeps { rule: self.rule(month, now), without };
        Ok(self.store.compact(month, &keeps, at)?)
    }

    /// The moment from which what is too old is counted back, where it is not now: our clock is ahead of all
    /// that anybody said.
    ///
    /// # Errors
    /// [`PipelineError`].
    pub fn held_back(&self) -> Result<Option<Timestamp>, PipelineError> {
        let now = self.clock.now();
        let moment = self.moment(now)?;
        Ok((moment < now).then_some(moment))
    }

    /// From when what is too old is counted back at `now`.
    fn moment(&self, now: Timestamp) -> Result<Timestamp, PipelineError> {
        let keeps_all = Voice::ALL.iter().all(|voice| self.retention.of(*voice) == Term::ForEver);
        if keeps_all || self.trust == Trust::Clock {
            return Ok(now);
        }
        Ok(match self.last_said(now)? {
            Some(said) => now.min(said.saturating_add(QUIET).unwrap_or(now)),
            None => now,
        })
    }

    /// The last moment that somebody else's clock says is past; none where nobody gives any.
    fn last_said(&self, now: Timestamp) -> Result<Option<Timestamp>, PipelineError> {
        let Some(first) = self.store.first_said()? else { return Ok(None) };
        let mut until = now.saturating_add(DAY).unwrap_or(now);
        for _ in 0..MOST_DAYS {
            if until < first {
                break;
            }
            let from = until.saturating_sub(DAY).unwrap_or(Timestamp::MIN);
            let posts = match self.store.said_in(Window { from, until }) {
                // It is named elsewhere, and the days before it may be whole.
                Err(StoreError::Damaged { month: Some(_), .. }) => Vec::new(),
                posts => posts?,
            };
            if let Some(last) = posts.iter().filter_map(stated).max() {
                return Ok(Some(last));
            }
            until = from;
        }
        Ok(None)
    }

    fn reason(&self, filed: &Filed, now: Timestamp) -> Option<Reason> {
        let (month, anew) = (filed.month, filed.anew.as_ref());
        if Voice::ALL.iter().all(|voice| self.is_over(*voice, month, now)) {
            return Some(Reason::AllOver);
        }
        let rule = self.rule(month, now);
        if !rule.is_empty() && anew.is_none_or(|anew| anew.rule != rule) {
            return Some(Reason::SomeOver);
        }
        // The month in which posts arrive grows for a good reason.
        let is_past = Month::of(self.clock.now()) > month;
        let much = |anew: &Anew| anew.bytes as f64 * WASTEFUL + AIR_BYTES as f64;
        let has_grown = anew.is_none_or(|anew| filed.bytes as f64 > much(anew));
        (is_past && has_grown).then_some(Reason::Wasteful)
    }

    /// The voices whose time is over in a month: which of its posts go.
    fn rule(&self, month: Month, now: Timestamp) -> String {
        let over = Voice::ALL.iter().filter(|voice| self.is_over(**voice, month, now));
        over.map(|voice| voice.name()).collect::<Vec<_>>().join(" ")
    }

    fn is_over(&self, voice: Voice, month: Month, now: Timestamp) -> bool {
        self.retention.is_over(voice, month, now)
    }
}

/// When a post was said, by the clock of who said it: not by ours, which stands in where they give no date,
/// or one that has not come yet.
fn stated(post: &Post) -> Option<Timestamp> {
    post.said.published.or(post.said.updated).filter(|said| *said == post.when())
}
