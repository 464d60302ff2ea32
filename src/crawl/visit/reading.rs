//! A response as a visit reads it: what of it is new, and what of what it leads to is wanted.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::sync::Arc;

use super::tour::Tour;
use crate::adapters::{Listed, Page, Step, Unreadable};
use crate::crawl::edited::{Edit, Teasers};
use crate::crawl::http::Body;
use crate::crawl::owed::{given_up, may_be_there};
use crate::crawl::parsers::{Unanswered, stumbled};
use crate::post::Said;
use crate::visit::{Failure, FailureKind, GivenUp, Teaser, mark};

/// A response as it was read.
#[derive(Default)]
pub(super) struct Reading {
    pub(super) page: Page,
    /// For each post, whether it was not known.
    pub(super) new: Vec<bool>,
    /// Of the articles it leads to, those with a post that is kept.
    pub(super) kept: BTreeSet<String>,
    /// Of these posts, those whose teasers were edited: each as it is until its article is read.
    pub(super) edited: BTreeMap<String, Said>,
    /// The teasers it shows.
    pub(super) teasers: Vec<Teaser>,
    /// The articles it leads to that are not to be had.
    pub(super) given_up: Vec<GivenUp>,
    /// The marks of all it leads to.
    pub(super) met: Vec<u64>,
    /// Whether some of that is a post that is kept.
    pub(super) leads_to_known: bool,
    /// Of an article of a teaser, the post as it is kept.
    pub(super) before: Option<Said>,
}

impl Reading {
    /// The reading of an article, as the post of its listing.
    pub(super) fn listed_as(mut self, listed: Option<&Listed>) -> Self {
        if let (Some(listed), [_]) = (listed, self.page.posts.as_slice()) {
            let as_listed = |article: Said| match listed.clone() {
                Listed::Announced(said) => article.over(said),
                Listed::Teaser(said) => said.with_words_of(article),
            };
            self.page.posts = self.page.posts.into_iter().map(as_listed).collect();
        }
        self
    }
}

impl Tour<'_> {
    /// Reads a response off the reactor, where a panic of a parser is a failed visit and no more.
    /// `listed` is what the listing said of an article.
    pub(super) async fn read(
        &self,
        step: Step,
        body: Body,
        listed: Option<&Listed>,
    ) -> Result<Reading, Failure> {
        let adapter = Arc::clone(&self.due.adapter);
        let known = Arc::clone(&self.visitor.known);
        let source = self.due.source.id.clone();
        let place = body.url.clone();
        let recall = Arc::clone(&self.visitor.recall);
        let gap = self.due.memory.gap;
        let mut teasers = Teasers::of(&self.due.memory.teasers);
        let unread = self.due.memory.unread.iter();
        let owed: HashSet<u64> = unread.map(|unread| unread.mark).collect();
        let now = self.visitor.clock.now();
        let gone: HashMap<u64, GivenUp> = given_up(&self.due.memory)
            .filter(|given_up| !may_be_there(given_up, now))
            .map(|given_up| (given_up.mark, given_up))
            .collect();
        let ripe: HashSet<u64> = given_up(&self.due.memory)
            .filter(|given_up| may_be_there(given_up, now))
            .map(|given_up| given_up.mark)
            .collect();
        let of = match listed {
            Some(Listed::Teaser(said)) => Some(said.key.clone()),
            _ => None,
        };
        let reading = self.visitor.http.parsers.run(self.deadline, move || {
            let page = adapter.read(&body.response(step))?;
            let new = page.posts.iter().map(|said| !known(&source, &said.key)).collect();
            let mut reading = Reading { page, new, ..Reading::default() };
            reading.before =
                of.filter(|key| known(&source, key)).and_then(|key| recall(&source, &key));
            for follow in std::mem::take(&mut reading.page.follow) {
                let Some(key) = &follow.unless_known else {
                    reading.page.follow.push(follow);
                    continue;
                };
                let is_listing = follow.request.step == Step::Listing;
                let (mark, is_known) = (mark(key), known(&source, key));
                reading.met.push(mark);
                reading.leads_to_known |= is_known;
                let edit = match &follow.listed {
                    Some(Listed::Teaser(said)) if is_known => {
                        teasers.meet(said, || recall(&source, key))
                    }
                    Some(Listed::Teaser(said)) => {
                        teasers.meet_new(said);
                        None
                    }
                    _ => None,
                };
                let is_gone = gone.get(&mark);
                reading.given_up.extend(is_gone);
                let may_be_had = owed.contains(&mark)
                    || ripe.contains(&mark)
                    || !is_known
                    || edit.as_ref().is_some_and(|edit| edit.asks);
                let is_wanted = (gap && is_listing) || (is_gone.is_none() && may_be_had);
                match edit {
                    Some(Edit { said, .. }) if is_wanted => {
                        reading.edited.insert(key.clone(), said);
                    }
                    Some(Edit { said, .. }) => {
                        reading.page.posts.push(said);
                        reading.new.push(false);
                    }
                    None => {
                        // What is not to be had is its article: it is a post by its teaser.
                        if let Some(Listed::Teaser(said)) = &follow.listed
                            && !is_wanted
                            && !is_known
                        {
                            reading.page.posts.push(said.clone());
                            reading.new.push(true);
                        }
                    }
                }
                if is_wanted {
                    if is_known {
                        reading.kept.insert(key.clone());
                    }
                    reading.page.follow.push(follow);
                }
            }
            reading.teasers = teasers.met();
            Ok::<_, Unreadable>(reading)
        });
        let not_a_feed =
            |sentence| Failure { kind: FailureKind::NotAFeed, sentence, retry_after: None };
        match reading.await {
            Ok(Ok(reading)) => Ok(reading),
            Ok(Err(why)) => Err(not_a_feed(format!(
                "{place}: {why}; open it in a browser, and correct the source's address or kind"
            ))),
            Err(Unanswered::Panicked) => Err(stumbled(&place, self.due.source.kind)),
            Err(Unanswered::TimeUp) => Err(self.out_of_time()),
        }
    }
}
