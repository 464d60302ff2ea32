//! Asking: a question's answer, and the posts near to one, read from the index by meaning and the store.

use std::collections::{BTreeMap, HashMap, HashSet};

use crate::config::Market;
use crate::digest::{
    self, Answer, Heard, Looked, Proven, Understood, Unsaid, Window, answer_scope,
};
use crate::post::{Post, PostId};
use crate::search::meaning::{Filter, Meaning, MeaningError, Near};
use crate::source::{Source, SourceId, Voice};
use crate::store::{Judged, Store, StoreError};
use crate::verdict::{Embedding, ModelId};

/// Posts read for an answer: a pattern needs far fewer, and each costs a tenth of a millisecond.
const READ: usize = 400;

/// The same where only some of them may speak.
const READ_NARROWED: usize = 1_200;

/// An answer could not be made.
#[derive(Debug, thiserror::Error)]
pub enum AskingError {
    /// The store could not be read.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The index could not be read.
    #[error(transparent)]
    Meaning(#[from] MeaningError),
    /// It would say what nobody said: a fault of ours, and nothing is shown.
    #[error("no answer is given: {0}")]
    Unsaid(#[from] Unsaid),
}

/// What a question is narrowed to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Narrowed {
    /// Posts that name this account.
    pub account: Option<String>,
    /// Posts about this topic.
    pub topic: Option<String>,
    /// This kind of voice.
    pub voice: Option<Voice>,
}

/// Answers questions.
pub struct Asking<'a> {
    /// Whose posts are known.
    pub market: &'a Market,
    /// Where they are kept.
    pub store: &'a dyn Store,
    /// What is near to what.
    pub meaning: &'a mut Meaning,
    /// The model whose embeddings are held against each other.
    pub model: &'a ModelId,
}

/// A post that is near, with all that is known of it.
pub struct NearPost<'a> {
    /// The post.
    pub post: Post,
    /// Its verdict and embedding.
    pub judged: Judged,
    /// Where it was heard.
    pub source: &'a Source,
    /// How near it is.
    pub likeness: f32,
}

impl NearPost<'_> {
    /// The post as it was heard.
    #[must_use]
    pub fn heard(&self) -> Heard<'_> {
        let Judged { verdict, embedding } = &self.judged;
        Heard { post: &self.post, verdict, embedding, source: self.source }
    }
}

impl<'a> Asking<'a> {
    /// The answer to what was understood of a question, whose embedding is `asked`: proven against the posts
    /// it was made from.
    ///
    /// # Errors
    /// [`AskingError`].
    pub fn answer(
        &mut self,
        understood: &Understood,
        asked: &Embedding,
        narrowed: &Narrowed,
        window: Window,
    ) -> Result<Proven<Answer>, AskingError> {
        let scope = answer_scope(window);
        let sources = narrowed.voice.map(|voice| self.sources_of(voice));
        let filter = Filter { sources: sources.as_ref(), ..Filter::said_in(scope) };
        let is_narrowed = narrowed.account.is_some() || narrowed.topic.is_some();
        let read = if is_narrowed { READ_NARROWED } else { READ };
        let near = self.near(asked, &filter, read)?;
        let near: Vec<(Heard, f32)> =
            near.iter().map(|near| (near.heard(), near.likeness)).collect();
        let listened = self.market.sources.iter().map(|listened| &listened.source.id);
        let since: BTreeMap<SourceId, _> = self.meaning.first_said(listened, scope);
        let answer = digest::answer(&Looked {
            understood,
            account: narrowed.account.as_deref(),
            topic: narrowed.topic.as_deref(),
            voice: narrowed.voice,
            window,
            near: &near,
            looked_at: self.meaning.count(&Filter { window, ..filter }, self.model),
            since: &since,
        });
        let by_id: HashMap<PostId, &Post> =
            near.iter().map(|(heard, _)| (heard.post.id, heard.post)).collect();
        Ok(Proven::answered(answer, |id| by_id.get(&id).map(|post| (*post).clone()))?)
    }

    /// Up to `most` posts near to `asked`, the nearest first. A month of the index that is found to be
    /// damaged is made again first.
    ///
    /// # Errors
    /// [`AskingError`].
    pub fn near(
        &mut self,
        asked: &Embedding,
        filter: &Filter<'_>,
        most: usize,
    ) -> Result<Vec<NearPost<'a>>, AskingError> {
        let found = match self.meaning.nearest(asked, self.model, filter, most) {
            Err(MeaningError::Damaged(_)) => {
                // Another may have written to it since it was opened: that is taken up.
                self.meaning.catch_up(self.store, &mut |_| {})?;
                match self.meaning.nearest(asked, self.model, filter, most) {
                    Err(MeaningError::Damaged(month)) => {
                        self.meaning.forget(month)?;
                        self.meaning.catch_up(self.store, &mut |_| {})?;
                        self.meaning.nearest(asked, self.model, filter, most)?
                    }
                    found => found?,
                }
            }
            found => found?,
        };
        self.read(&found)
    }

    /// The sources of a kind of voice.
    fn sources_of(&self, voice: Voice) -> HashSet<SourceId> {
        let sources = self.market.sources.iter().map(|listened| &listened.source);
        sources.filter(|source| source.voice == voice).map(|source| source.id.clone()).collect()
    }

    /// Reads posts from the store; those that are gone by now, or whose source is listened to no more, are
    /// left out.
    fn read(&self, found: &[Near]) -> Result<Vec<NearPost<'a>>, AskingError> {
        let ids: Vec<PostId> = found.iter().map(|near| near.post).collect();
        let mut read = Vec::with_capacity(found.len());
        let (posts, judged) = (self.store.posts(&ids)?, self.store.judged_many(&ids)?);
        for ((near, post), judged) in found.iter().zip(posts).zip(judged) {
            let (Some(post), Some(judged)) = (post, judged) else { continue };
            let Some(source) = self.market.source(&post.source) else { continue };
            read.push(NearPost { post, judged, source, likeness: near.likeness });
        }
        Ok(read)
    }
}
