//! A reader's morning: everything the digest needs, read from the store.

use std::collections::BTreeSet;

use jiff::Timestamp;
use jiff::civil::Date;

use super::Calendars;
use super::hearing::{self, Hearing};
use crate::config::Market;
use crate::digest::{
    self, Citation, Input, Listening, Met, Outages, Proven, RisingTold, Sentence, ToldBefore,
    Unsaid, Useful, Week, Window,
};
use crate::post::{Post, PostId};
use crate::reader::Reader;
use crate::source::SourceId;
use crate::store::{Store, StoreError};
use crate::text::words::fold_space;

/// How far back a reader's ledger is read: what was told longer ago may be told again.
const LEDGER_DAYS: i64 = 90;

/// A digest could not be made.
#[derive(Debug, thiserror::Error)]
pub enum MorningError {
    /// The store could not be read.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// It would say what nobody said: a fault of ours, and nothing is sent.
    #[error("no digest is sent to {reader}: {source}")]
    Unsaid {
        /// To whom.
        reader: String,
        /// What it would say.
        source: Unsaid,
    },
}

/// Reads what a digest is made from.
#[derive(Clone, Copy)]
pub struct Morning<'a> {
    /// What to look for, and to tell whom.
    pub market: &'a Market,
    /// Where it is kept.
    pub store: &'a dyn Store,
    /// Sources that were asked this morning and have not answered yet.
    pub silent: &'a [SourceId],
    /// Readers' calendars, if they are looked into.
    pub calendars: Option<&'a Calendars>,
}

/// Earlier digests that are looked through for what was told of an account that is met today, and for
/// what rose.
const LOOK_BACK_DAYS: i64 = 28;

impl Morning<'_> {
    /// The digest `reader` would get for `date`, proven against the posts it was made from. Nothing is
    /// claimed.
    ///
    /// # Errors
    /// [`MorningError`].
    pub fn preview(
        &self,
        reader: &Reader,
        date: Date,
        now: Timestamp,
    ) -> Result<Proven, MorningError> {
        let hearing = self.hear(digest::window(reader, date), date, now)?;
        let heard = hearing.heard(self.market);
        let stories = hearing.stories(&heard);
        self.of_week(&hearing, &Week::of(&stories, &self.market.ruleset), (reader, date), now)
    }

    /// Reads what was heard in a window, for all the digests of a date that are made of it.
    pub(super) fn hear(
        &self,
        window: Window,
        date: Date,
        now: Timestamp,
    ) -> Result<Hearing, MorningError> {
        Ok(Hearing::of(self, window, date, now)?)
    }

    /// A reader's digest of what was heard in their window.
    pub(super) fn of_week(
        &self,
        hearing: &Hearing,
        week: &Week<'_, '_>,
        (reader, date): (&Reader, Date),
        now: Timestamp,
    ) -> Result<Proven, MorningError> {
        let since = date.saturating_sub(jiff::Span::new().days(LEDGER_DAYS));
        let told = self.store.told(&reader.id, since)?;
        let planned = self.calendars.map(|calendars| calendars.planned(reader, date));
        let planned = planned.unwrap_or_default();
        let met = digest::met(reader, &self.market.accounts, &planned.meetings);
        let (rising_told, told_before) = self.looking_back(reader, date, &met)?;
        let yesterday = date.saturating_sub(jiff::Span::new().days(1));
        let digest = digest::make_of(
            week,
            &Input {
                reader,
                ruleset: &self.market.ruleset,
                accounts: &self.market.accounts,
                window: hearing.window,
                now,
                heard: &[],
                told: &told,
                listening: Listening { calendar: planned.trouble, ..hearing.listening.clone() },
                outages: &Outages::default(),
                met: &met,
                told_before: &told_before,
                rising_told: &rising_told,
                useful: &Useful::of(&hearing.answered, &reader.id, yesterday),
            },
        );
        // What was told before may be older than what this digest was made from.
        let kept = |id: PostId| self.store.post(id).ok().flatten();
        Proven::of(digest, |id| hearing.post(id).cloned().or_else(|| kept(id)))
            .map_err(|source| MorningError::Unsaid { reader: reader.id.clone(), source })
    }

    /// How well we could listen: what a quiet digest must be read against.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn listening(&self) -> Result<Listening, StoreError> {
        Ok(hearing::listening(self, &self.store.memories()?.into_iter().collect()))
    }

    /// What the last digest knew to rise, and what was told last of the accounts that are met.
    fn looking_back(
        &self,
        reader: &Reader,
        date: Date,
        met: &[Met],
    ) -> Result<(Vec<RisingTold>, Vec<ToldBefore>), StoreError> {
        let (mut rising, mut told): (Option<Vec<RisingTold>>, Vec<ToldBefore>) = (None, Vec::new());
        let mut wanted: BTreeSet<&str> = met.iter().map(|met| met.account.as_str()).collect();
        for days in 1..=LOOK_BACK_DAYS {
            if rising.is_some() && wanted.is_empty() {
                break;
            }
            let day = date.saturating_sub(jiff::Span::new().days(days));
            let Some(before) = self.store.digest(&reader.id, day)? else { continue };
            for news in &before.accounts {
                let citation = before.citation(news.sentence.post);
                let still = |citation: &&Citation| self.still_says(&news.sentence, citation);
                let Some(citation) = citation.filter(still) else { continue };
                if wanted.remove(news.account.as_str()) {
                    told.push(ToldBefore {
                        account: news.account.clone(),
                        date: day,
                        sentence: news.sentence.clone(),
                        citation: citation.clone(),
                    });
                }
            }
            rising.get_or_insert(before.rising_told);
        }
        Ok((rising.unwrap_or_default(), told))
    }

    /// Whether a passage told before still stands where it stood: a post that was edited or erased since is
    /// no reminder of anything.
    fn still_says(&self, sentence: &Sentence, citation: &Citation) -> bool {
        let says = |post: &Post| {
            let title = post.said.title.as_deref().unwrap_or_default();
            let whole = format!("{}\n{}", fold_space(title), fold_space(&post.said.text));
            let cited = citation.title.trim_end_matches('…').trim();
            !sentence.text.is_empty() && whole.contains(&sentence.text) && whole.contains(cited)
        };
        self.store.post(sentence.post).ok().flatten().is_some_and(|post| says(&post))
    }
}
