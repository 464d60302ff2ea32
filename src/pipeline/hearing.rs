//! What was heard in a window: read from the store once, for all the readers whose window it is.

use std::collections::HashMap;

use jiff::Timestamp;
use jiff::civil::Date;

use super::Morning;
use crate::config::Market;
use crate::digest::{self, Heard, Listening, Outages, Stories, Window};
use crate::feedback::Feedback;
use crate::post::{Post, PostId};
use crate::source::SourceId;
use crate::store::{Judged, StoreError};
use crate::verdict::Embedding;
use crate::visit::{Memory, Outage, Outcome};

/// How far back readers' answers are read: what is older counts for an eighth at most.
const USEFUL_DAYS: i64 = 180;

/// What was heard in a window and its baseline, and how well we could listen.
#[derive(Debug)]
pub(super) struct Hearing {
    /// The window.
    pub(super) window: Window,
    /// How well we could listen.
    pub(super) listening: Listening,
    /// What readers answered to what they were told.
    pub(super) answered: Vec<Feedback>,
    posts: Vec<Post>,
    judged: Vec<Option<Judged>>,
    outages: Outages,
    /// Where each post is.
    places: HashMap<PostId, usize>,
}

/// The embedding of what says nothing of the others.
static NONE: Embedding = Embedding(Vec::new());

impl Hearing {
    /// Reads it.
    pub(super) fn of(
        morning: &Morning<'_>,
        window: Window,
        date: Date,
        now: Timestamp,
    ) -> Result<Self, StoreError> {
        let store = morning.store;
        let posts = store.said_in(digest::scope(window))?;
        let ids: Vec<PostId> = posts.iter().map(|post| post.id).collect();
        let judged = store.judged_many(&ids)?;
        let memories: HashMap<SourceId, Memory> = store.memories()?.into_iter().collect();
        let mut listening = listening(morning, &memories);
        let of_window = posts.iter().zip(&judged).filter(|(post, _)| post.when() >= window.from);
        tell_unread(&mut listening, of_window.filter_map(|(_, judged)| judged.as_ref()));
        let since = date.saturating_sub(jiff::Span::new().days(USEFUL_DAYS));
        Ok(Self {
            window,
            listening,
            answered: store.feedback(since)?,
            outages: outages(morning.silent, &memories, now),
            places: ids.into_iter().enumerate().map(|(place, id)| (id, place)).collect(),
            posts,
            judged,
        })
    }

    /// The posts that count: those of sources we listen to, with the verdicts in force.
    pub(super) fn heard<'a>(&'a self, market: &'a Market) -> Vec<Heard<'a>> {
        // Embeddings of two models say nothing of each other: those of the one that judged last count.
        let newest = self.judged.iter().flatten().max_by_key(|judged| judged.verdict.at);
        let model = newest.map(|judged| &judged.verdict.model);
        let all = self.posts.iter().zip(&self.judged);
        let heard = all.filter_map(|(post, judged)| {
            let judged = judged.as_ref()?;
            let source = market.source(&post.source)?;
            let is_near = Some(&judged.verdict.model) == model;
            let embedding = if is_near { &judged.embedding } else { &NONE };
            Some(Heard { post, verdict: &judged.verdict, embedding, source })
        });
        heard.collect()
    }

    /// The stories in what counts.
    pub(super) fn stories<'a>(&self, heard: &[Heard<'a>]) -> Stories<'a> {
        Stories::of(heard, self.window, &self.outages)
    }

    /// A post of it.
    pub(super) fn post(&self, id: PostId) -> Option<&Post> {
        self.places.get(&id).map(|&place| &self.posts[place])
    }
}

/// How well we could listen: what a quiet digest must be read against.
pub(super) fn listening(morning: &Morning<'_>, memories: &HashMap<SourceId, Memory>) -> Listening {
    let mut listening = Listening::default();
    for listened in morning.market.sources.iter().filter(|listened| !listened.source.paused) {
        listening.sources += 1;
        if morning.silent.contains(&listened.source.id) {
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
fn outages(silent: &[SourceId], memories: &HashMap<SourceId, Memory>, now: Timestamp) -> Outages {
    let mut outages = Outages::default();
    for (source, memory) in memories {
        for Outage { from, until } in &memory.outages {
            outages.add(source, Window { from: *from, until: *until });
        }
        let is_late = silent.contains(source);
        let silent_since = if is_late { memory.last_success } else { memory.silent_since(now) };
        if let Some(from) = silent_since {
            outages.add(source, Window { from, until: now.max(from) });
        }
    }
    outages
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
