//! One visit of one source: ask, read, follow, and say how it went.

use std::collections::{BTreeMap, BTreeSet, HashSet, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use tokio::time::{Instant, timeout_at};

use super::hosts::host_key;
use super::http::{Ask, Body, Cost, Fetched, Http, Manner, Vouched};
use super::moves::adopted;
use super::owed::{GIVEN_UP_A_SOURCE, Owed, Why, given_up, is_silence, mark, may_pass};
use super::parsers::{Unanswered, out_of_time, stumbled};
use super::remember::{Contents, Found, Seen, hash, is_same_body, remember, to_ask_with};
use super::schedule::as_configured;
use crate::adapters::{Adapter, Follow, Listed, Page, Request, Skipped, Step, Unreadable};
use crate::clock::Clock;
use crate::post::Said;
use crate::source::{Source, SourceId};
use crate::visit::{Failure, FailureKind, Memory, Outcome, Unread, Visit};

use Why::{ForGood, ForNow, Untried};

/// Listing pages read in one visit: enough to catch up after a weekend, not to copy an archive.
pub const PAGES_A_VISIT: usize = 5;
/// Articles fetched in one visit; at 5 s apart they take under two minutes. The rest waits for the
/// next visit.
pub const ARTICLES_A_VISIT: usize = 20;
/// An article that failed so often is left alone; its post stays the teaser it is, if it has one.
pub const TRIES_AN_ARTICLE: u32 = 3;
/// Articles remembered to be tried again: more entries with a teaser no feed has.
const UNREAD_A_SOURCE: usize = 500;
/// Further requests remembered from one visit.
const FOLLOWS_A_VISIT: usize = 1_000;
/// A visit takes no longer than this, all in all: what was read by then is kept.
pub const VISIT_LIMIT: Duration = Duration::from_mins(5);

/// A source that is to be visited.
#[derive(Clone)]
pub struct Due {
    /// Which.
    pub source: Source,
    /// What reads it.
    pub adapter: Arc<dyn Adapter>,
    /// As what we come to its listing: a page where its kind is under robots.txt, else a feed.
    pub listing: Manner,
    /// What is remembered of it.
    pub memory: Memory,
}

/// A source visited.
#[derive(Debug, Clone, PartialEq)]
pub struct Visited {
    /// How it went.
    pub visit: Visit,
    /// What was said there, known and new, each key once; what was read last comes first.
    ///
    /// Whoever keeps them in this order and breaks off loses none: listings begin with the newest,
    /// so that a later page is kept before an earlier one, and the next visit, which goes on until
    /// a page holds nothing new, comes by every post that is still missing.
    pub posts: Vec<Said>,
    /// What could not be read, and why.
    pub skipped: Vec<Skipped>,
    /// What to remember: to be stored once the posts are durable, not before.
    pub memory: Memory,
}

/// Says whether a post of a source, by its key there, is already kept. Called off the reactor.
pub type Known = dyn Fn(&SourceId, &str) -> bool + Send + Sync;

/// Visits sources.
pub struct Visitor {
    /// The client.
    pub http: Http,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// What is already kept.
    pub known: Arc<Known>,
}

impl Visitor {
    /// Visits one source. However it ends, there is something to remember.
    pub async fn visit(&self, mut due: Due) -> Visited {
        let at = self.clock.now();
        due.memory = as_configured(due.memory, &due.source, &*due.adapter);
        let mut tour = Tour {
            visitor: self,
            due: &due,
            deadline: Instant::now() + VISIT_LIMIT,
            cost: Cost::default(),
            posts: Posts::default(),
            skipped: Vec::new(),
            kept: BTreeSet::new(),
        };
        let found = tour.go().await;
        let Tour { cost, mut posts, skipped, .. } = tour;
        posts.said.reverse();
        self.visited(due, at, cost, found, posts.said, skipped)
    }

    /// The visit to a source that is not made, because it would fail as another just did.
    pub(super) fn leave_out(&self, mut due: Due, failure: &Failure) -> Visited {
        let at = self.clock.now();
        due.memory = as_configured(due.memory, &due.source, &*due.adapter);
        let found = Err(failure.clone());
        self.visited(due, at, Cost::default(), found, Vec::new(), Vec::new())
    }

    fn visited(
        &self,
        due: Due,
        at: Timestamp,
        cost: Cost,
        found: Result<Found, Failure>,
        posts: Vec<Said>,
        skipped: Vec<Skipped>,
    ) -> Visited {
        let visit = Visit {
            source: due.source.id.clone(),
            at,
            requests: cost.requests,
            bytes: cost.bytes,
            outcome: Outcome::Unchanged,
        };
        let memory = remember(&due.source, due.memory, visit.clone(), found, self.clock.now());
        let visit = memory.last.clone().unwrap_or(visit);
        Visited { visit, posts, skipped, memory }
    }
}

/// A visit under way.
struct Tour<'a> {
    visitor: &'a Visitor,
    due: &'a Due,
    deadline: Instant,
    cost: Cost,
    posts: Posts,
    skipped: Vec<Skipped>,
    /// The keys of posts that are kept as teasers and whose articles are tried again.
    kept: BTreeSet<String>,
}

/// The posts of a visit, each key once.
#[derive(Default)]
struct Posts {
    said: Vec<Said>,
    by_key: BTreeMap<String, usize>,
}

impl Posts {
    /// Takes a post in. What an article says replaces what its listing said of it.
    fn take(&mut self, said: Said) {
        if let Some(&index) = self.by_key.get(&said.key) {
            self.said[index] = said;
        } else {
            self.by_key.insert(said.key.clone(), self.said.len());
            self.said.push(said);
        }
    }
}

/// A response as it was read.
#[derive(Default)]
struct Reading {
    page: Page,
    /// For each post, whether it was not known.
    new: Vec<bool>,
    /// Of the articles it leads to that are tried again, those with a post that is kept.
    kept: BTreeSet<String>,
    /// The marks of articles it leads to that are not to be had.
    given_up: Vec<u64>,
}

impl Reading {
    /// The reading of an article, as the post of its listing.
    fn listed_as(mut self, listed: Option<&Listed>) -> Self {
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
    async fn go(&mut self) -> Result<Found, Failure> {
        let due = self.due;
        let mut start = due.adapter.start();
        let now = self.visitor.clock.now();
        start.url = adopted(&due.memory, now).unwrap_or(start.url);
        let vouched = to_ask_with(&due.memory, now).map(|(url, validators)| Vouched {
            url,
            validators,
            body_bytes: due.memory.body_bytes,
        });
        let ask = Ask { request: &start, vouched, manner: due.listing };
        let body = match self.fetch(&ask).await? {
            Fetched::NotModified(headers) => return Ok(Found::NotModified(headers)),
            Fetched::Body(body) => body,
        };
        let mut seen = Seen {
            url: body.url.to_string(),
            headers: body.headers.clone(),
            hash: hash(&body.bytes),
            bytes: body.bytes.len() as u64,
            complete: !body.cut,
            gap: false,
            contents: None,
        };
        if is_same_body(&due.memory, &seen.url, &seen.hash) {
            return Ok(Found::Body(Box::new(seen)));
        }
        let cut = body.cut;
        let reading = self.read(Step::Listing, body).await?;
        let mut contents = Contents { hints: reading.page.hints.clone(), ..Contents::default() };
        if cut {
            contents.repairs.push("the answer broke off before its end".to_owned());
        }
        let moving = reading.page.moving;
        let owed = self.follow(reading, start, &mut contents).await;
        seen.complete &= owed == Owed::Nothing && !moving;
        seen.gap = owed == Owed::BehindKnown;
        contents.posts = self.posts.said.len();
        contents.skipped = self.skipped.len();
        seen.contents = Some(contents);
        Ok(Found::Body(Box::new(seen)))
    }

    /// Takes in a listing and what it leads to, and says what of that is still owed.
    async fn follow(&mut self, first: Reading, start: Request, contents: &mut Contents) -> Owed {
        let mut queue = VecDeque::new();
        let mut asked = BTreeSet::from([start.url.to_string()]);
        let (mut pages, mut articles) = (1, 0);
        // A host that did not answer once is not waited for again and again.
        let mut silent_hosts = BTreeSet::new();
        let mut owed = Owed::Nothing;
        self.take_in(first, &mut queue, contents);
        while let Some(follow) = queue.pop_front() {
            let request = follow.request;
            if !asked.insert(request.url.to_string()) {
                continue;
            }
            // The first page is read again in any case; what lies beyond it only if we go on.
            let place = match request.step {
                Step::Article if pages == 1 => Owed::OnTheFirstPage,
                Step::Article | Step::Listing => Owed::BehindKnown,
            };
            let (count, limit) = match request.step {
                Step::Listing => (&mut pages, PAGES_A_VISIT),
                Step::Article => (&mut articles, ARTICLES_A_VISIT),
            };
            if *count >= limit {
                // More listing pages are older posts, left on purpose; articles are owed.
                if request.step == Step::Article {
                    owed = owed.max(place);
                    self.leave_unread(follow.listed, Untried, contents);
                }
                continue;
            }
            if Instant::now() >= self.deadline || silent_hosts.contains(&host_key(&request.url)) {
                owed = owed.max(place);
                self.leave_unread(follow.listed, Untried, contents);
                continue;
            }
            let requests_before = self.cost.requests;
            let fetched = self.fetch_and_read(&request).await;
            // What robots.txt forbids, or a host's quiet, costs nobody anything.
            let was_sent = self.cost.requests > requests_before;
            *count += usize::from(was_sent || request.step == Step::Listing);
            match fetched {
                Ok((reading, whole)) => {
                    // Of an article that broke off, what came is kept, and it is not asked again.
                    if !whole && request.step == Step::Listing {
                        owed = owed.max(place);
                    }
                    if reading.page.posts.is_empty() {
                        self.leave_unread(follow.listed.clone(), ForGood, contents);
                    }
                    let mut reading = reading.listed_as(follow.listed.as_ref());
                    if let Some(Listed::Teaser(said)) = &follow.listed
                        && self.kept.contains(&said.key)
                    {
                        // Its teaser was the new post.
                        reading.new.fill(false);
                    }
                    self.take_in(reading, &mut queue, contents);
                }
                Err(failure) => {
                    if is_silence(failure.kind) {
                        silent_hosts.insert(host_key(&request.url));
                    }
                    let passes = may_pass(&failure, request.step);
                    let why = if !passes {
                        ForGood
                    } else if !was_sent || failure.kind == FailureKind::Robots {
                        // Of the article itself this says nothing.
                        Untried
                    } else {
                        ForNow
                    };
                    if self.leave_unread(follow.listed, why, contents) && passes {
                        owed = owed.max(place);
                    }
                    let place = request.url.to_string();
                    self.skipped.push(Skipped { place, why: failure.sentence });
                }
            }
        }
        self.keep_given_up(contents);
        owed
    }

    /// Remembers an article that was not read, and says whether it is to be asked for again; its post
    /// is kept as the teaser it is, where there is one. What nobody listed is, as far as we know.
    fn leave_unread(&mut self, listed: Option<Listed>, why: Why, contents: &mut Contents) -> bool {
        let Some(listed) = listed else { return true };
        let key = listed.said().key.clone();
        let tries = self.tries(&key).saturating_add(u32::from(why == ForNow));
        let again = why != ForGood && tries < TRIES_AN_ARTICLE;
        let is_teaser = matches!(listed, Listed::Teaser(_));
        // A teaser that is kept is known, and an article that was never tried is not: both are met
        // again as they are.
        let is_worth_it = if is_teaser { again } else { tries > 0 };
        if !again && !is_teaser {
            contents.given_up.push(mark(&key));
        } else if is_worth_it && contents.unread.len() < UNREAD_A_SOURCE {
            contents.unread.push(Unread { key: key.clone(), tries, for_good: false });
        }
        if let Listed::Teaser(said) = listed
            && !self.kept.contains(&key)
        {
            contents.new.push(said.published.or(said.updated));
            self.posts.take(said);
        }
        again
    }

    /// How often the article of a post was tried in vain.
    fn tries(&self, key: &str) -> u32 {
        let unread = self.due.memory.unread.iter().find(|unread| unread.key == key);
        unread.map_or(0, |unread| unread.tries)
    }

    /// Goes on remembering what earlier visits found not to be had: it is not asked for, and so not
    /// met again.
    fn keep_given_up(&self, contents: &mut Contents) {
        contents.given_up.extend(given_up(&self.due.memory));
        let mut met = HashSet::new();
        contents.given_up.retain(|mark| met.insert(*mark));
        contents.given_up.truncate(GIVEN_UP_A_SOURCE);
    }

    /// Takes in the posts of a response, and queues what it leads to: articles we do not know, and
    /// the next listing only while this one held something new or an earlier visit left a gap.
    fn take_in(&mut self, reading: Reading, queue: &mut VecDeque<Follow>, contents: &mut Contents) {
        let Reading { mut page, new, kept, given_up } = reading;
        self.kept.extend(kept);
        contents.given_up.extend(given_up);
        // Those that failed before do not stand in the way of the others.
        for articles in page.follow.split_mut(|follow| follow.request.step == Step::Listing) {
            articles.sort_by_cached_key(|follow| {
                follow.unless_known.as_ref().map_or(0, |key| self.tries(key))
            });
        }
        let articles = page.follow.iter().filter(|follow| follow.request.step == Step::Article);
        // A page without posts is a lookup, or tells nothing: it stops nobody.
        let something_new = new.is_empty() || new.contains(&true) || articles.count() > 0;
        let goes_on = something_new || self.due.memory.gap;
        for (said, new) in page.posts.into_iter().zip(new) {
            if new && !self.posts.by_key.contains_key(&said.key) {
                contents.new.push(said.published.or(said.updated));
            }
            self.posts.take(said);
        }
        self.skipped.extend(page.skipped);
        for repair in page.repairs {
            if !contents.repairs.contains(&repair) {
                contents.repairs.push(repair);
            }
        }
        let wanted = page
            .follow
            .into_iter()
            .filter(|follow| goes_on || follow.request.step == Step::Article);
        queue.extend(wanted.take(FOLLOWS_A_VISIT.saturating_sub(queue.len())));
    }

    /// Reads what a listing led to, and says whether it came whole.
    async fn fetch_and_read(&mut self, request: &Request) -> Result<(Reading, bool), Failure> {
        let manner = match request.step {
            Step::Listing => self.due.listing,
            Step::Article => Manner::Page,
        };
        match self.fetch(&Ask { request, vouched: None, manner }).await? {
            Fetched::Body(body) => {
                let whole = !body.cut;
                Ok((self.read(request.step, body).await?, whole))
            }
            Fetched::NotModified(_) => Ok((Reading::default(), true)),
        }
    }

    async fn fetch(&mut self, ask: &Ask<'_>) -> Result<Fetched, Failure> {
        let Visitor { http, clock, .. } = self.visitor;
        timeout_at(self.deadline, http.fetch(ask, clock.as_ref(), &mut self.cost))
            .await
            .unwrap_or_else(|_| Err(self.out_of_time()))
    }

    /// Reads a response off the reactor, where a panic of a parser is a failed visit and no more.
    async fn read(&self, step: Step, body: Body) -> Result<Reading, Failure> {
        let adapter = Arc::clone(&self.due.adapter);
        let known = Arc::clone(&self.visitor.known);
        let source = self.due.source.id.clone();
        let place = body.url.clone();
        let gap = self.due.memory.gap;
        let unread = self.due.memory.unread.iter();
        let tried: BTreeSet<String> = unread.map(|unread| unread.key.clone()).collect();
        let gone: HashSet<u64> = given_up(&self.due.memory).collect();
        let reading = self.visitor.http.parsers.run(self.deadline, move || {
            let mut page = adapter.read(&body.response(step))?;
            let new = page.posts.iter().map(|said| !known(&source, &said.key)).collect();
            let (mut kept, mut given_up) = (BTreeSet::new(), Vec::new());
            page.follow.retain(|follow| {
                let Some(key) = &follow.unless_known else { return true };
                if gap && follow.request.step == Step::Listing {
                    return true;
                }
                if gone.contains(&mark(key)) {
                    given_up.push(mark(key));
                    return false;
                }
                let is_known = known(&source, key);
                if is_known && tried.contains(key) {
                    kept.insert(key.clone());
                    return true;
                }
                !is_known
            });
            Ok::<_, Unreadable>(Reading { page, new, kept, given_up })
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

    fn out_of_time(&self) -> Failure {
        out_of_time(&self.due.source.id)
    }
}
