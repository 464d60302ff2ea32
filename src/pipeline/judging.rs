//! Judging: posts that have no verdict by the model and the rules in force get one.
//!
//! Where only the rules or the labels changed, the embedding, the language, the sentiment and the
//! accounts of before stand, and no text goes through the model again. Where the accounts changed, only
//! those do that may name one.

use std::collections::HashMap;

use super::{Event, POSTS_A_JUDGEMENT, PipelineError};
use crate::classify::{Classifier, Detail, Judgement, Text};
use crate::clock::Clock;
use crate::config::Market;
use crate::post::{Post, PostId};
use crate::store::{Judged, Store};
use crate::verdict::Verdict;

/// The parts that judging needs.
#[derive(Clone, Copy)]
pub struct Judging<'a> {
    /// What the sources claim of their language.
    pub market: &'a Market,
    /// Where posts and verdicts are kept.
    pub store: &'a dyn Store,
    /// How they are judged.
    pub classifier: &'a Classifier,
    /// What time it is.
    pub clock: &'a dyn Clock,
}

/// What is read anew.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Depth {
    /// What the model has not read as it stands.
    New,
    /// Every text.
    Every,
}

/// A verdict, and the one it replaced.
#[derive(Debug, Clone, PartialEq)]
pub struct Turn {
    /// The verdict before, of the same words; none where there was none.
    pub before: Option<Verdict>,
    /// The verdict now.
    pub now: Verdict,
}

impl Judging<'_> {
    /// Judges every post that has no verdict by the model and the rules in force, those without any
    /// first; tells `watch` how far it is, and `told` what became of each.
    ///
    /// # Errors
    /// [`PipelineError`]; what was judged before is kept.
    pub fn waiting(
        &self,
        watch: &dyn Fn(Event<'_>),
        told: &mut dyn FnMut(&[Turn]),
    ) -> Result<(), PipelineError> {
        self.waiting_until(&|| false, watch, told)
    }

    /// The same, until `stop` says to leave off.
    ///
    /// # Errors
    /// As for [`Judging::waiting`]; [`PipelineError::Stopped`] where it left off.
    pub fn waiting_until(
        &self,
        stop: &dyn Fn() -> bool,
        watch: &dyn Fn(Event<'_>),
        told: &mut dyn FnMut(&[Turn]),
    ) -> Result<(), PipelineError> {
        let (model, ruleset) = (self.classifier.model(), self.classifier.ruleset());
        watch(Event::Judging { posts: self.store.count_unjudged(model, ruleset)? });
        let mut last = Vec::new();
        loop {
            if stop() {
                return Err(PipelineError::Stopped);
            }
            let posts = self.store.unjudged(model, ruleset, POSTS_A_JUDGEMENT)?;
            let Some(first) = posts.first() else { return Ok(()) };
            if posts == last {
                return Err(PipelineError::Forgotten(first.id));
            }
            let turns = self.batch(&posts, Depth::New)?;
            told(&turns);
            watch(Event::Judged { posts: turns.len() });
            last = posts;
        }
    }

    /// Judges these posts and keeps the verdicts.
    ///
    /// # Errors
    /// [`PipelineError`]; no verdict is kept then, or only those of texts that the model read.
    pub fn batch(&self, posts: &[Post], depth: Depth) -> Result<Vec<Turn>, PipelineError> {
        let ids: Vec<PostId> = posts.iter().map(|post| post.id).collect();
        let before = self.store.still_judged(&ids)?;
        let unread: Vec<&Post> = posts
            .iter()
            .zip(&before)
            .filter(|(post, before)| match before {
                Some(before) => depth == Depth::Every || !self.stands(post, before),
                None => true,
            })
            .map(|(post, _)| post)
            .collect();
        let read = self.read(&unread)?;
        self.store.judge(&read)?;
        let mut read: HashMap<PostId, Verdict> =
            read.into_iter().map(|judged| (judged.verdict.post, judged.verdict)).collect();

        let (mut turns, mut again) = (Vec::new(), Vec::new());
        for (post, before) in posts.iter().zip(before) {
            let now = match (read.remove(&post.id), &before) {
                (Some(verdict), _) => verdict,
                (None, Some(before)) => {
                    let verdict = self.again(post, before);
                    again.push(verdict.clone());
                    verdict
                }
                (None, None) => continue,
            };
            turns.push(Turn { before: before.map(|judged| judged.verdict), now });
        }
        self.store.judge_again(&again)?;
        Ok(turns)
    }

    /// Whether what the model read in a post is what it would read now.
    fn stands(&self, post: &Post, before: &Judged) -> bool {
        let Verdict { model, ruleset, .. } = &before.verdict;
        let is_read = model == self.classifier.model();
        is_read
            && (ruleset.accounts() == self.classifier.ruleset().accounts()
                || !self.classifier.may_name_an_account(&post.full_text(), &links(post)))
    }

    /// What the rules in force say of a post that the model has read.
    #[must_use]
    pub fn again(&self, post: &Post, before: &Judged) -> Verdict {
        let (text, ruleset) = (post.full_text(), self.classifier.ruleset());
        // It stands, so that with other accounts it can name none.
        let accounts = if before.verdict.ruleset.accounts() == ruleset.accounts() {
            before.verdict.accounts.clone()
        } else {
            Vec::new()
        };
        let (topics, signals) =
            self.classifier.topics(&text, &before.embedding, &accounts, Detail::WithUnsure);
        Verdict {
            ruleset: ruleset.clone(),
            at: self.clock.now(),
            topics,
            signals,
            accounts,
            ..before.verdict.clone()
        }
    }

    /// What the model and the rules in force say of these posts. Nothing is kept.
    ///
    /// # Errors
    /// [`PipelineError::Encoder`].
    pub fn read(&self, posts: &[&Post]) -> Result<Vec<Judged>, PipelineError> {
        if posts.is_empty() {
            return Ok(Vec::new());
        }
        let words: Vec<String> = posts.iter().map(|post| post.full_text()).collect();
        let links: Vec<Vec<&str>> = posts.iter().map(|post| links(post)).collect();
        let texts: Vec<Text<'_>> = posts
            .iter()
            .zip(&words)
            .zip(&links)
            .map(|((post, text), links)| Text {
                text,
                language_hint: language_hint(self.market, post),
                links,
                target: None,
            })
            .collect();
        let judgements = self.classifier.judge(&texts, Detail::WithUnsure)?;
        let at = self.clock.now();
        let judged = posts.iter().zip(judgements).map(|(post, judgement)| {
            let Judgement { language, sentiment, topics, signals, accounts, embedding } = judgement;
            let verdict = Verdict {
                post: post.id,
                model: self.classifier.model().clone(),
                ruleset: self.classifier.ruleset().clone(),
                at,
                language,
                sentiment,
                topics,
                signals,
                accounts,
            };
            Judged { verdict, embedding }
        });
        Ok(judged.collect())
    }
}

/// The addresses by which a post may name an account.
fn links(post: &Post) -> Vec<&str> {
    post.said.url.as_deref().into_iter().collect()
}

/// The language a post is said to be in, by itself or by its source.
pub(super) fn language_hint<'p>(market: &'p Market, post: &'p Post) -> Option<&'p str> {
    let source = market.source(&post.source);
    post.said.language.as_deref().or_else(|| source?.language.as_deref())
}
