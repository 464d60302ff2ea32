//! Asking: a question's answer, and the posts near to one, read from the index by meaning and the store.

use std::collections::{BTreeMap, HashMap, HashSet};

use jiff::Timestamp;

use super::Asked;
use crate::config::Market;
use crate::digest::{self, Answer, Heard, Looked, Proven, Unsaid, Window, answer_scope};
use crate::post::{Post, PostId};
use crate::search::meaning::{Filter, Meaning, MeaningError, Near};
use crate::search::query::{Part, Wanted};
use crate::search::{Found, Query, Sort, Words, WordsError};
use crate::source::{Owner, Source, SourceId, Voice};
use crate::store::{Judged, Store, StoreError, side_by_side};
use crate::verdict::{Embedding, ModelId};

/// Posts read for an answer because they are near: a pattern needs far fewer, and each costs a tenth of a
/// millisecond.
const READ: usize = 400;

/// The same where only some of them may speak, and there is no index of words to say which.
const READ_NARROWED: usize = 1_200;

/// Posts read because they say the question's words, and were not near.
const READ_BY_WORDS: usize = 100;

/// An answer could not be made.
#[derive(Debug, thiserror::Error)]
pub enum AskingError {
    /// The store could not be read.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The index by meaning could not be read.
    #[error(transparent)]
    Meaning(#[from] MeaningError),
    /// The index of words could not be read.
    #[error(transparent)]
    Words(#[from] WordsError),
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
    /// Which posts say which words, and name which account. Without it only what is near is found.
    pub words: Option<&'a Words>,
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
    /// The answer to a question: proven against the posts it was made from.
    ///
    /// # Errors
    /// [`AskingError`].
    pub fn answer(
        &mut self,
        asked: &Asked,
        narrowed: &Narrowed,
        window: Window,
    ) -> Result<Proven<Answer>, AskingError> {
        let scope = answer_scope(window);
        let sources = narrowed.voice.map(|voice| self.sources_of(voice));
        let filter = Filter { sources: sources.as_ref(), ..Filter::said_in(scope) };
        let near = self.candidates(asked, narrowed, &filter)?;
        let near: Vec<(Heard, f32)> =
            near.iter().map(|near| (near.heard(), near.likeness)).collect();
        let listened = self.market.sources.iter().map(|listened| &listened.source.id);
        let since: BTreeMap<SourceId, _> = self.meaning.first_said(listened, scope);
        let own = narrowed.account.as_deref().and_then(|account| self.owner_of(account));
        let answer = digest::answer(&Looked {
            understood: &asked.understood,
            account: narrowed.account.as_deref(),
            own: own.as_ref(),
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

    /// The posts that may answer: those near in meaning, and those that say the words. Of a question that is
    /// narrowed to an account or a topic, only what names it, or was written by it.
    fn candidates(
        &mut self,
        asked: &Asked,
        narrowed: &Narrowed,
        filter: &Filter<'_>,
    ) -> Result<Vec<NearPost<'a>>, AskingError> {
        let Some(words) = self.words else {
            let is_narrowed = narrowed.account.is_some() || narrowed.topic.is_some();
            let most = if is_narrowed { READ_NARROWED } else { READ };
            return self.near(&asked.embedding, filter, most);
        };
        let limits = self.limits(narrowed, filter.window);
        let posts: Option<HashSet<PostId>> =
            if narrowed.account.is_some() || narrowed.topic.is_some() {
                Some(words.every_id(&query(limits.clone()))?.into_iter().collect())
            } else {
                None
            };
        let near = Filter { posts: posts.as_ref(), ..*filter };
        let mut found = self.near(&asked.embedding, &near, READ)?;
        let terms = asked.understood.terms.iter().cloned().map(Wanted::Words);
        let says = query(limits.into_iter().chain([Wanted::Any(terms.collect())]));
        let known: HashSet<PostId> = found.iter().map(|near| near.post.id).collect();
        let mut said = words.ids(&says, Sort::Best, READ_BY_WORDS)?;
        said.retain(|said| !known.contains(&said.id));
        found.extend(self.saying(&said, &asked.embedding)?);
        Ok(found)
    }

    /// What a question is narrowed to, as the index of words knows it.
    fn limits(&self, narrowed: &Narrowed, window: Window) -> Vec<Wanted> {
        let mut limits = vec![Wanted::Said { from: Some(window.from), until: Some(window.until) }];
        if let Some(account) = &narrowed.account {
            let mut either = vec![Wanted::Account(account.clone())];
            if let Some(owner) = self.owner_of(account) {
                let own = self.sources_where(|source| source.owner == owner);
                either.push(Wanted::Sources(own.into_iter().collect()));
            }
            limits.push(Wanted::Any(either));
        }
        if let Some(topic) = &narrowed.topic {
            limits.push(Wanted::Any(vec![
                Wanted::Topic(topic.clone()),
                Wanted::Signal(topic.clone()),
            ]));
        }
        if let Some(voice) = narrowed.voice {
            limits.push(Wanted::Sources(self.sources_of(voice).into_iter().collect()));
        }
        limits
    }

    /// Posts that say the words, with how near they are; those that another model read, or none, are left out.
    fn saying(&self, said: &[Found], asked: &Embedding) -> Result<Vec<NearPost<'a>>, AskingError> {
        let near = |said: &Found| Near { post: said.id, likeness: 0.0, when: Timestamp::MIN };
        let mut read = self.read(&said.iter().map(near).collect::<Vec<_>>())?;
        let space = self.model.space();
        read.retain(|near| {
            let Judged { verdict, embedding } = &near.judged;
            !embedding.0.is_empty() && verdict.model.space() == space
        });
        for near in &mut read {
            near.likeness = asked.cosine(&near.judged.embedding);
        }
        Ok(read)
    }

    /// The owner that an account is, where its domain is known.
    fn owner_of(&self, account: &str) -> Option<Owner> {
        let account = self.market.accounts.iter().find(|known| known.name == account)?;
        account.domain.as_deref().map(Owner::of_host)
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
        self.sources_where(|source| source.voice == voice)
    }

    fn sources_where(&self, is_one: impl Fn(&Source) -> bool) -> HashSet<SourceId> {
        let sources = self.market.all_sources();
        sources.filter(|source| is_one(source)).map(|source| source.id.clone()).collect()
    }

    /// Reads posts from the store; those that are gone by now, or whose source is listened to no more, are
    /// left out.
    fn read(&self, found: &[Near]) -> Result<Vec<NearPost<'a>>, AskingError> {
        let ids: Vec<PostId> = found.iter().map(|near| near.post).collect();
        let mut read = Vec::with_capacity(found.len());
        let store = self.store;
        let (posts, judged) = side_by_side(|| store.posts(&ids), || store.judged_many(&ids));
        let (posts, judged) = (posts?, judged?);
        for ((near, post), judged) in found.iter().zip(posts).zip(judged) {
            let (Some(post), Some(judged)) = (post, judged) else { continue };
            let Some(source) = self.market.source(&post.source) else { continue };
            read.push(NearPost { post, judged, source, likeness: near.likeness });
        }
        Ok(read)
    }
}

/// A query of these, of which every one is wanted.
fn query(wanted: impl IntoIterator<Item = Wanted>) -> Query {
    Query { parts: wanted.into_iter().map(|wanted| Part { wanted, at: 0..0 }).collect() }
}
