//! A reader's morning: everything the digest needs, read from the store.

use std::collections::{BTreeSet, HashMap};

use jiff::Timestamp;
use jiff::civil::Date;

use super::Calendars;
use crate::config::Market;
use crate::digest::{
    self, Citation, Heard, Input, Listening, Met, Outages, Proven, RisingTold, Sentence,
    ToldBefore, Unsaid, Useful, Window,
};
use crate::post::{Post, PostId};
use crate::reader::Reader;
use crate::source::SourceId;
use crate::store::{Judged, Store, StoreError};
use crate::text::words::fold_space;
use crate::verdict::Embedding;
use crate::visit::{Memory, Outage, Outcome};

/// How far back a reader's ledger is read: what was told longer ago may be told again.
const LEDGER_DAYS: i64 = 90;

/// How far back readers' answers are read: what is older counts for an eighth at most.
const USEFUL_DAYS: i64 = 180;

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
        let window = digest::window(reader, date);
        let posts = self.store.said_in(digest::scope(window))?;
        let ids: Vec<PostId> = posts.iter().map(|post| post.id).collect();
        let judged = self.store.judged_many(&ids)?;
        // Embeddings of two models say nothing of each other: those of the one that judged last count.
        let newest = judged.iter().flatten().max_by_key(|judged| judged.verdict.at);
        let model = newest.map(|judged| &judged.verdict.model);
        let none = Embedding::default();
        let heard: Vec<Heard<'_>> = posts
            .iter()
            .zip(&judged)
            .filter_map(|(post, judged)| {
                let judged = judged.as_ref()?;
                let source = self.market.source(&post.source)?;
                let is_near = Some(&judged.verdict.model) == model;
                let embedding = if is_near { &judged.embedding } else { &none };
                Some(Heard { post, verdict: &judged.verdict, embedding, source })
            })
            .collect();
        let since = date.saturating_sub(jiff::Span::new().days(LEDGER_DAYS));
        let told = self.store.told(&reader.id, since)?;
        let memories: HashMap<SourceId, Memory> = self.store.memories()?.into_iter().collect();
        let mut listening = self.listening_by(&memories);
        let planned = self.calendars.map(|calendars| calendars.planned(reader, date));
        let planned = planned.unwrap_or_default();
        let met = digest::met(reader, &self.market.accounts, &planned.meetings);
        listening.calendar = planned.trouble;
        let (rising_told, told_before) = self.looking_back(reader, date, &met)?;
        let of_window = posts.iter().zip(&judged).filter(|(post, _)| post.when() >= window.from);
        tell_unread(&mut listening, of_window.filter_map(|(_, judged)| judged.as_ref()));
        let answered =
            self.store.feedback(date.saturating_sub(jiff::Span::new().days(USEFUL_DAYS)))?;
        let useful =
            Useful::of(&answered, &reader.id, date.saturating_sub(jiff::Span::new().days(1)));
        let digest = digest::make(&Input {
            reader,
            ruleset: &self.market.ruleset,
            accounts: &self.market.accounts,
            window,
            now,
            heard: &heard,
            told: &told,
            listening,
            outages: &self.outages(&memories, now),
            met: &met,
            told_before: &told_before,
            rising_told: &rising_told,
            useful: &useful,
        });
        let by_id: HashMap<PostId, &Post> = posts.iter().map(|post| (post.id, post)).collect();
        // What was told before may be older than what this digest was made from.
        let kept = |id: PostId| self.store.post(id).ok().flatten();
        Proven::of(digest, |id| by_id.get(&id).map(|post| (*post).clone()).or_else(|| kept(id)))
            .map_err(|source| MorningError::Unsaid { reader: reader.id.clone(), source })
    }

    /// How well we could listen: what a quiet digest must be read against.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn listening(&self) -> Result<Listening, StoreError> {
        Ok(self.listening_by(&self.store.memories()?.into_iter().collect()))
    }

    fn listening_by(&self, memories: &HashMap<SourceId, Memory>) -> Listening {
        let mut listening = Listening::default();
        for listened in self.market.sources.iter().filter(|listened| !listened.source.paused) {
            listening.sources += 1;
            if self.silent.contains(&listened.source.id) {
                let why = "it has not answered yet this morning: the next digest has what it says";
                listening.failing.push((listened.source.id.to_string(), why.to_owned()));
                continue;
            }
            let Some(Memory { last: Some(visit), .. }) = memories.get(&listened.source.id) else {
                continue;
            };
            match &visit.outcome {
                Outcome::Failed(failure) => {
                    let why = failure.sentence.clone();
                    listening.failing.push((listened.source.id.to_string(), why));
                }
                Outcome::Read { .. } | Outcome::Unchanged => listening.heard += 1,
            }
        }
        listening
    }

    /// When which source could not be heard.
    fn outages(&self, memories: &HashMap<SourceId, Memory>, now: Timestamp) -> Outages {
        let mut outages = Outages::default();
        for (source, memory) in memories {
            for Outage { from, until } in &memory.outages {
                outages.add(source, Window { from: *from, until: *until });
            }
            let is_silent = self.silent.contains(source);
            let silent = if is_silent { memory.last_success } else { memory.silent_since(now) };
            if let Some(from) = silent {
                outages.add(source, Window { from, until: now.max(from) });
            }
        }
        outages
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

/// Takes in what could not be read, and whether nothing is known of how authors feel.
fn tell_unread<'j>(listening: &mut Listening, judged: impl Iterator<Item = &'j Judged>) {
    let (mut read, mut has_sentiment) = (0, false);
    for Judged { verdict, embedding } in judged {
        if embedding.0.is_empty() {
            *listening.not_judged.entry(verdict.language.code.clone()).or_default() += 1;
        } else {
            read += 1;
            has_sentiment |= verdict.model.has_sentiment() || verdict.sentiment.probs.is_some();
        }
    }
    listening.no_sentiment = read > 0 && !has_sentiment;
}
