//! Upkeep: what is too old goes, and what was replaced gives its space back.

use serde::Serialize;

use super::PipelineError;
use crate::clock::Clock;
use crate::config::Market;
use crate::month::Month;
use crate::retention::Retention;
use crate::source::Voice;
use crate::store::{Anew, Compacted, Filed, Keeps, Store};

/// A month is written anew when it has grown to so many times what it was after the last time.
const WASTEFUL: f64 = 1.5;

/// And by so many bytes more: sled's files have some air in them at any size.
const AIR_BYTES: u64 = 8 << 20;

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
    /// The months that are due, oldest first; every one where that is asked for.
    ///
    /// # Errors
    /// [`PipelineError`].
    pub fn due(&self, every: bool) -> Result<Vec<Due>, PipelineError> {
        let reason = |filed: &Filed| self.reason(filed).or_else(|| every.then_some(Reason::Asked));
        let months = self.store.months()?.into_iter();
        Ok(months.filter_map(|filed| Some(Due { reason: reason(&filed)?, filed })).collect())
    }

    /// Writes a month anew with what is to stay, or gives it up.
    ///
    /// # Errors
    /// [`PipelineError`]; the month stands as it was.
    pub fn keep_up(&self, due: &Due) -> Result<Compacted, PipelineError> {
        let (now, month) = (self.clock.now(), due.filed.month);
        if due.reason == Reason::AllOver {
            return Ok(self.store.give_up(month)?);
        }
        // Whose voice it was is not known where a source is listened to no more: its posts stay.
        let sources = self.market.sources.iter().map(|listened| &listened.source);
        let over = sources.filter(|source| self.retention.is_over(source.voice, month, now));
        let without = over.map(|source| source.id.clone()).collect();
        let keeps = Keeps { rule: self.rule(month), without };
        Ok(self.store.compact(month, &keeps, now)?)
    }

    fn reason(&self, filed: &Filed) -> Option<Reason> {
        let (month, anew) = (filed.month, filed.anew.as_ref());
        if Voice::ALL.iter().all(|voice| self.is_over(*voice, month)) {
            return Some(Reason::AllOver);
        }
        let rule = self.rule(month);
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
    fn rule(&self, month: Month) -> String {
        let over = Voice::ALL.iter().filter(|voice| self.is_over(**voice, month));
        over.map(|voice| voice.name()).collect::<Vec<_>>().join(" ")
    }

    fn is_over(&self, voice: Voice, month: Month) -> bool {
        self.retention.is_over(voice, month, self.clock.now())
    }
}
