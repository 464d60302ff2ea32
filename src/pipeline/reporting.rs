//! Reads what the reports are made from.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan as _};
use url::Url;

use crate::config::Market;
use crate::digest::report::{self, Cost, Linked, Month, MonthInput, Week, WeekInput};
use crate::digest::{Digest, Heard, Window};
use crate::feedback::Tap;
use crate::post::{Author, Post, PostId};
use crate::source::{Owner, Source, SourceId, Voice};
use crate::store::{Judged, Store, StoreError};
use crate::text::html::start_tags;

/// Visits of a source that are looked at: what is kept of them.
const VISITS: usize = 200;

/// Links of a post that are looked at: one with more is a list.
const LINKS: usize = 20;

/// How far back answers count for what topics and sources earned.
const EARNED_DAYS: i64 = 180;

/// Reads reports.
#[derive(Clone, Copy)]
pub struct Reporting<'a> {
    /// What is listened to, and who is told.
    pub market: &'a Market,
    /// What was kept.
    pub store: &'a dyn Store,
    /// By whose clock days begin.
    pub zone: &'a TimeZone,
}

impl Reporting<'_> {
    /// The week that begins on a Monday.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn week(&self, monday: Date) -> Result<Week, StoreError> {
        let until = monday.saturating_add(7.days());
        let digests = self.digests(monday.saturating_sub(28.days()), until)?;
        let feedback = self.store.feedback(monday.saturating_sub(EARNED_DAYS.days()))?;
        let feedback: Vec<_> = feedback.into_iter().filter(|of| of.date < until).collect();
        let window = self.stretch(monday, until);
        let posts = self.store.said_in(window)?;
        let ids: Vec<PostId> = posts.iter().map(|post| post.id).collect();
        let judged = self.store.judged_many(&ids)?;
        let heard: Vec<Heard<'_>> = posts
            .iter()
            .zip(&judged)
            .filter_map(|(post, judged)| {
                let source = self.market.source(&post.source)?;
                let Judged { verdict, embedding } = judged.as_ref()?;
                Some(Heard { post, verdict, embedding, source })
            })
            .collect();
        let in_week = digests.iter().filter(|digest| digest.date >= monday);
        let mut source_of = BTreeMap::new();
        for post in in_week.flat_map(Digest::told).map(|told| told.post).collect::<BTreeSet<_>>() {
            source_of.extend(self.store.post(post)?.map(|kept| (post, kept.source)));
        }
        let listened: Vec<&Source> =
            self.market.sources.iter().map(|listened| &listened.source).collect();
        let mut costs = BTreeMap::new();
        for source in &listened {
            costs.insert(source.id.clone(), self.cost(&source.id, window)?);
        }
        let names = self.market.readers.iter().map(|r| (r.id.clone(), r.name.clone()));
        Ok(report::week(&WeekInput {
            monday,
            began: self.began()?,
            digests: &digests,
            feedback: &feedback,
            readers: &names.collect::<Vec<_>>(),
            unsubscribed: &self.store.unsubscribed()?.into_iter().map(|(id, _)| id).collect(),
            deliveries: &self.store.deliveries(monday)?,
            heard: &heard,
            listened: &listened.iter().map(|source| source.id.clone()).collect::<Vec<_>>(),
            owners: &listened.iter().map(|source| source.owner.clone()).collect(),
            source_of: &source_of,
            costs: &costs,
            linked: &posts.iter().flat_map(linked).collect::<Vec<_>>(),
        }))
    }

    /// The month that begins on this day.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn month(&self, first: Date) -> Result<Month, StoreError> {
        let until = first.saturating_add(1.month());
        let feedback = self.store.feedback(first)?;
        let feedback: Vec<_> = feedback.into_iter().filter(|of| of.date < until).collect();
        let named = |id: &str| self.market.reader(id).map(|reader| reader.name.clone());
        let heard = feedback.iter().filter(|of| of.tap == Tap::HeardToo || of.note.is_some());
        let unsigned: Vec<String> = heard.filter_map(|of| named(&of.reader)).collect();
        let mut signed = Vec::new();
        // Notes that came by another way name who wrote them; ours are by a colleague without a name.
        let window = self.stretch(first, until);
        let own = Source::of_notes().id;
        for post in self.store.said_in(window)?.into_iter().filter(|post| post.source != own) {
            let source = self.market.source(&post.source);
            if source.is_some_and(|source| source.voice == Voice::Field) {
                let name = |author: Author| author.name.filter(|name| !name.trim().is_empty());
                signed.extend(post.said.author.and_then(name));
            }
        }
        Ok(report::month(&MonthInput {
            first,
            digests: &self.digests(first, until)?,
            feedback: &feedback,
            signed: &signed,
            unsigned: &unsigned,
        }))
    }

    /// The day of the first digest there ever was.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn began(&self) -> Result<Option<Date>, StoreError> {
        Ok(self.store.claims()?.into_iter().map(|(_, date)| date).min())
    }

    fn digests(&self, from: Date, until: Date) -> Result<Vec<Digest>, StoreError> {
        let mut digests = Vec::new();
        for (reader, date) in self.store.claims()? {
            if from <= date && date < until {
                digests.extend(self.store.digest(&reader, date)?);
            }
        }
        Ok(digests)
    }

    /// From the beginning of a day to that of a later one.
    fn stretch(&self, from: Date, until: Date) -> Window {
        let begin = |date: Date| {
            date.to_zoned(self.zone.clone()).map_or(Timestamp::MIN, |zoned| zoned.timestamp())
        };
        Window { from: begin(from), until: begin(until) }
    }

    fn cost(&self, source: &SourceId, window: Window) -> Result<Cost, StoreError> {
        let visits = self.store.visits(source, VISITS)?;
        let in_week = visits.iter().filter(|v| window.from <= v.at && v.at < window.until);
        let begins_later = visits.last().is_some_and(|first| first.at >= window.from);
        let none = Cost { at_least: visits.len() == VISITS && begins_later, ..Cost::default() };
        Ok(in_week.fold(none, |cost, visit| Cost {
            requests: cost.requests + u64::from(visit.requests),
            bytes: cost.bytes + visit.bytes,
            ..cost
        }))
    }
}

/// Where a post leads.
fn linked(post: &Post) -> Vec<Linked> {
    let html = post.said.html.as_deref().unwrap_or_default();
    let tags = start_tags(html, &["a"], LINKS);
    let of = |url: &str| {
        let url = Url::parse(url).ok().filter(|url| matches!(url.scheme(), "http" | "https"))?;
        let owner = Owner::of_host(url.host_str()?);
        Some(Linked { owner, post: post.id, source: post.source.clone(), url: url.to_string() })
    };
    tags.iter().filter_map(|tag| of(tag.attribute("href")?)).collect()
}
