//! A reader's morning: everything the digest needs, read from the store.

use std::collections::HashMap;

use jiff::Timestamp;
use jiff::civil::Date;

use crate::config::Market;
use crate::digest::{self, Heard, Input, Listening, Proven, Unsaid, Useful};
use crate::post::{Post, PostId};
use crate::reader::Reader;
use crate::source::SourceId;
use crate::store::{Judged, Store, StoreError};
use crate::verdict::Embedding;
use crate::visit::{Memory, Outcome};

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
}

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
        let mut listening = self.listening()?;
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
            useful: &useful,
            listening,
        });
        let by_id: HashMap<PostId, &Post> = posts.iter().map(|post| (post.id, post)).collect();
        Proven::of(digest, |id| by_id.get(&id).map(|post| (*post).clone()))
            .map_err(|source| MorningError::Unsaid { reader: reader.id.clone(), source })
    }

    /// How well we could listen: what a quiet digest must be read against.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn listening(&self) -> Result<Listening, StoreError> {
        let mut listening = Listening::default();
        for listened in self.market.sources.iter().filter(|listened| !listened.source.paused) {
            listening.sources += 1;
            if self.silent.contains(&listened.source.id) {
                let why = "it has not answered yet this morning: the next digest has what it says";
                listening.failing.push((listened.source.id.to_string(), why.to_owned()));
                continue;
            }
            let Some(Memory { last: Some(visit), .. }) = self.store.memory(&listened.source.id)?
            else {
                continue;
            };
            match visit.outcome {
                Outcome::Failed(failure) => {
                    listening.failing.push((listened.source.id.to_string(), failure.sentence));
                }
                Outcome::Read { .. } | Outcome::Unchanged => listening.heard += 1,
            }
        }
        Ok(listening)
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
