//! A reader's morning: everything the digest needs, read from the store.

use std::collections::HashMap;

use jiff::Timestamp;
use jiff::civil::Date;

use crate::config::Market;
use crate::digest::{self, Digest, Heard, Input, Listening};
use crate::post::{Post, PostId};
use crate::reader::Reader;
use crate::store::{Store, StoreError};
use crate::visit::{Memory, Outcome};

/// How far back a reader's ledger is read: what was told longer ago may be told again.
const LEDGER_DAYS: i64 = 90;

/// Reads what a digest is made from.
#[derive(Clone, Copy)]
pub struct Morning<'a> {
    /// What to look for, and to tell whom.
    pub market: &'a Market,
    /// Where it is kept.
    pub store: &'a dyn Store,
}

impl Morning<'_> {
    /// The digest `reader` would get for `date`. Nothing is claimed.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn preview(&self, reader: &Reader, date: Date, now: Timestamp) -> Result<Digest, StoreError> {
        let window = digest::window(reader, date);
        let posts = self.store.said_in(digest::scope(window))?;
        let ids: Vec<PostId> = posts.iter().map(|post| post.id).collect();
        let judged = self.store.judged_many(&ids)?;
        let heard: Vec<Heard<'_>> = posts
            .iter()
            .zip(&judged)
            .filter_map(|(post, judged)| {
                let judged = judged.as_ref()?;
                let source = self.market.source(&post.source)?;
                Some(Heard { post, verdict: &judged.verdict, embedding: &judged.embedding, source })
            })
            .collect();
        let since = date.saturating_sub(jiff::Span::new().days(LEDGER_DAYS));
        let told = self.store.told(&reader.id, since)?;
        let listening = self.listening()?;
        Ok(digest::make(&Input {
            reader,
            ruleset: &self.market.ruleset,
            accounts: &self.market.accounts,
            window,
            now,
            heard: &heard,
            told: &told,
            listening,
        }))
    }

    /// The posts a digest speaks of, for whoever renders it.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn cited(&self, digest: &Digest) -> Result<HashMap<PostId, Post>, StoreError> {
        let mut posts = HashMap::new();
        for citation in &digest.citations {
            if let Some(post) = self.store.post(citation.post)? {
                posts.insert(post.id, post);
            }
        }
        Ok(posts)
    }

    /// How well we could listen: what a quiet digest must be read against.
    fn listening(&self) -> Result<Listening, StoreError> {
        let mut listening = Listening::default();
        for listened in self.market.sources.iter().filter(|listened| !listened.source.paused) {
            listening.sources += 1;
            let Some(Memory { last: Some(visit), .. }) = self.store.memory(&listened.source.id)? else {
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
