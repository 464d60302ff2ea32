//! The way of a visit: from the first request to what it leads to.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet, VecDeque};

use tokio::time::{Instant, timeout_at};

use super::reading::Reading;
use super::{ARTICLES_A_VISIT, Due, PAGES_A_VISIT, Visitor};
use crate::adapters::{Follow, Listed, Request, Skipped, Step};
use crate::crawl::edited::TEASERS_A_SOURCE;
use crate::crawl::hosts::host_key;
use crate::crawl::http::{Ask, Cost, Fetched, Manner, Vouched};
use crate::crawl::moves::adopted;
use crate::crawl::owed::{Owed, UNREAD_A_SOURCE, Why, is_silence, may_pass};
use crate::crawl::parsers::out_of_time;
use crate::crawl::remember::{Contents, Found, Seen, hash, is_same_body, to_ask_with};
use crate::crawl::skipped::commonest;
use crate::post::Said;
use crate::visit::{Failure, FailureKind, mark};

use Why::{ForGood, ForNow, Untried};

/// Further requests remembered in one visit: all the articles that are remembered between two.
const FOLLOWS_A_VISIT: usize = UNREAD_A_SOURCE;

/// A visit under way.
pub(super) struct Tour<'a> {
    pub(super) visitor: &'a Visitor,
    pub(super) due: &'a Due,
    pub(super) deadline: Instant,
    pub(super) cost: Cost,
    pub(super) posts: Posts,
    pub(super) skipped: Vec<Skipped>,
    /// The keys of posts that are kept and whose articles are asked for again.
    pub(super) kept: BTreeSet<String>,
    /// Of these, those whose teasers were edited: each as it is until its article is read.
    pub(super) edited: BTreeMap<String, Said>,
    /// How often articles were tried in vain before, by their marks.
    pub(super) tries: HashMap<u64, u32>,
    /// The marks of all that was led to.
    pub(super) met: HashSet<u64>,
    /// Of these, of articles that were asked for.
    pub(super) asked: HashSet<u64>,
    /// Of these, of articles that are to be read and that there was no room to remember.
    pub(super) lost: HashSet<u64>,
    /// Whether robots.txt or our guard forbade something, as they may not for ever.
    pub(super) forbidden: bool,
}

/// The posts of a visit, each key once.
#[derive(Default)]
pub(super) struct Posts {
    pub(super) said: Vec<Said>,
    pub(super) by_key: BTreeMap<String, usize>,
}

impl Posts {
    /// Takes a post in. What an article says replaces what its listing said of it.
    pub(super) fn take(&mut self, said: Said) {
        if let Some(&index) = self.by_key.get(&said.key) {
            self.said[index] = said;
        } else {
            self.by_key.insert(said.key.clone(), self.said.len());
            self.said.push(said);
        }
    }
}

impl Tour<'_> {
    pub(super) async fn go(&mut self) -> Result<Found, Failure> {
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
        let reading = self.read(Step::Listing, body, None).await?;
        let mut contents = Contents { hints: reading.page.hints.clone(), ..Contents::default() };
        if cut {
            contents.repairs.push("the answer broke off before its end".to_owned());
        }
        let moving = reading.page.moving;
        let owed = self.follow(reading, start, &mut contents).await;
        seen.complete &= owed == Owed::Nothing && !moving;
        seen.gap = owed == Owed::BehindKnown;
        if cut || owed == Owed::BehindKnown {
            self.keep_unmet(&mut contents);
        }
        contents.posts = self.posts.said.len();
        contents.heard |= contents.posts > 0;
        seen.complete &= !self.is_fruitless(&contents);
        contents.skipped = self.skipped.len();
        contents.why_skipped = commonest(&self.skipped).map(str::to_owned);
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
                // Two entries that lead to one page are two posts, and the page is the first one's.
                if let Some(Listed::Teaser(said)) = &follow.listed
                    && !self.posts.by_key.contains_key(&said.key)
                {
                    self.leave_unread(follow.listed, ForGood(None), contents);
                }
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
            let fetched = self.fetch_and_read(&request, follow.listed.as_ref()).await;
            // What robots.txt forbids, or a host's quiet, costs nobody anything.
            let was_sent = self.cost.requests > requests_before;
            *count += usize::from(was_sent || request.step == Step::Listing);
            if let Some(listed) = follow.listed.as_ref().filter(|_| was_sent) {
                self.asked.insert(mark(&listed.said().key));
            }
            match fetched {
                Ok((reading, whole)) => {
                    // Of an article that broke off, what came is kept, and it is not asked again: where
                    // it is all we have.
                    if !whole && request.step == Step::Listing {
                        owed = owed.max(place);
                    }
                    if self.is_less(&reading, whole, follow.listed.as_ref()) {
                        if self.leave_unread(follow.listed, ForNow, contents) {
                            owed = owed.max(place);
                        }
                        continue;
                    }
                    if reading.page.posts.is_empty() {
                        let why = ForGood(Some(FailureKind::NotAFeed));
                        self.leave_unread(follow.listed.clone(), why, contents);
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
                    let why = Why::of(&failure, request.step, was_sent);
                    self.forbidden |= why == Why::Forbidden;
                    if self.leave_unread(follow.listed, why, contents) && why.is_owed() {
                        owed = owed.max(place);
                    }
                    let place = request.url.to_string();
                    self.skipped.push(Skipped { place, why: failure.sentence });
                }
            }
        }
        self.keep_given_up(contents);
        self.forget_lost_edits(contents);
        if self.lost.is_empty() { owed } else { owed.max(Owed::OnTheFirstPage) }
    }

    /// Takes in the posts of a response, and queues what it leads to: articles we do not know, and
    /// the next listing only while this one held something new or an earlier visit left a gap.
    fn take_in(&mut self, reading: Reading, queue: &mut VecDeque<Follow>, contents: &mut Contents) {
        let Reading { mut page, new, kept, edited, teasers, given_up, met, .. } = reading;
        contents.heard |= reading.leads_to_known || !page.posts.is_empty();
        self.kept.extend(kept);
        self.edited.extend(edited);
        contents.teasers.extend(teasers);
        contents.teasers.truncate(TEASERS_A_SOURCE);
        contents.given_up.extend(given_up);
        self.met.extend(met);
        // Those that failed before, or were read before, do not stand in the way of the others; of
        // these, the newest are read first.
        for articles in page.follow.split_mut(|follow| follow.request.step == Step::Listing) {
            articles.sort_by_cached_key(|follow| {
                let key = follow.unless_known.as_ref();
                let (tries, was_read) =
                    key.map_or((0, false), |key| (self.tries(key), self.was_read(key)));
                let said = follow.listed.as_ref().map(Listed::said);
                let date = said.and_then(|said| said.published.or(said.updated));
                (tries, was_read, Reverse(date))
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
        let mut wanted = page
            .follow
            .into_iter()
            .filter(|follow| goes_on || follow.request.step == Step::Article);
        queue.extend(wanted.by_ref().take(FOLLOWS_A_VISIT.saturating_sub(queue.len())));
        // Articles there is no room for are met again in the next visit, as they are now.
        let articles = wanted.filter(|follow| follow.request.step == Step::Article);
        let lost: Vec<u64> =
            articles.filter_map(|follow| follow.unless_known.as_deref().map(mark)).collect();
        contents.to_come += lost.len();
        self.lost.extend(lost);
    }

    /// Whether nothing that this source lists could be read, now or ever, though some of it may be
    /// there another time: then no validators are kept that would have us pass it by.
    fn is_fruitless(&self, contents: &Contents) -> bool {
        let memory = &self.due.memory;
        let never_heard = !contents.heard && memory.last_heard.is_none();
        let may_pass = self.forbidden || contents.given_up.iter().any(may_pass);
        never_heard && memory.recent_posts.is_empty() && may_pass
    }

    /// Reads what a listing led to, and says whether it came whole.
    async fn fetch_and_read(
        &mut self,
        request: &Request,
        listed: Option<&Listed>,
    ) -> Result<(Reading, bool), Failure> {
        let manner = match request.step {
            Step::Listing => self.due.listing,
            Step::Article => Manner::Page,
        };
        match self.fetch(&Ask { request, vouched: None, manner }).await? {
            Fetched::Body(body) => {
                let whole = !body.cut;
                Ok((self.read(request.step, body, listed).await?, whole))
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

    pub(super) fn out_of_time(&self) -> Failure {
        out_of_time(&self.due.source.id)
    }
}
