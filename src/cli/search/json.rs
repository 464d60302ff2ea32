//! The answer for a machine. This form is public, tested, and kept.

use jiff::Timestamp;
use serde::Serialize;

use super::Told;
use crate::post::{Author, PostId};
use crate::search::{Facets, Hit, Looser, Marker, Reprint, Sort, sentiment_name};
use crate::source::{SourceId, Voice};
use crate::verdict::{Band, TopicVerdict};

/// Characters of a snippet.
const SNIPPET_CHARS: usize = 300;

#[derive(Serialize)]
pub(super) struct Report<'t> {
    query: &'t str,
    sort: Sort,
    /// Posts found, reprints among them.
    total: u64,
    /// Posts that are kept and not in the index yet.
    behind: u64,
    /// Whether the index knows all that the store knows.
    up_to_date: bool,
    hits: Vec<Shown<'t>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    facets: Option<&'t Facets>,
    /// Where nothing was found: posts without this part of the query.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    without: Vec<Without<'t>>,
}

#[derive(Serialize)]
struct Shown<'t> {
    id: PostId,
    url: Option<&'t str>,
    title: Option<&'t str>,
    author: Option<&'t Author>,
    source: &'t SourceId,
    voice: Option<Voice>,
    at: Timestamp,
    language: Option<&'t str>,
    sentiment: Option<&'static str>,
    topics: Vec<&'t str>,
    signals: Vec<&'t str>,
    accounts: Vec<&'t str>,
    /// How well it fits; null where the order is the newest first.
    score: Option<f32>,
    snippet: Snippet,
    why: &'t [String],
    reprints: &'t [Reprint],
}

#[derive(Serialize)]
struct Snippet {
    text: String,
    /// Where what was asked stands in it: first character, and the one after the last.
    marks: Vec<[usize; 2]>,
}

#[derive(Serialize)]
struct Without<'t> {
    part: &'t str,
    posts: u64,
}

pub(super) fn report<'t>(told: &Told<'t>) -> Report<'t> {
    let marker = Marker::of(told.query);
    let without =
        |looser: &Looser| Without { part: &told.text[looser.at.clone()], posts: looser.posts };
    Report {
        query: told.text,
        sort: told.sort,
        total: told.answer.total,
        behind: told.behind,
        up_to_date: told.is_up_to_date,
        hits: told.answer.hits.iter().map(|hit| shown(hit, &marker, told.sort)).collect(),
        facets: told.answer.facets.as_ref(),
        without: told.looser.iter().map(without).collect(),
    }
}

fn shown<'t>(hit: &'t Hit, marker: &Marker, sort: Sort) -> Shown<'t> {
    let (post, verdict) = (&hit.post, hit.verdict.as_ref());
    let found = marker.snippet(&post.said.text, SNIPPET_CHARS);
    let chars = |byte: usize| found.text[..byte].chars().count();
    let marks = found.marks.iter().map(|mark| [chars(mark.start), chars(mark.end)]).collect();
    let named = verdict.map_or(&[][..], |verdict| &verdict.accounts);
    Shown {
        id: post.id,
        url: post.said.url.as_deref(),
        title: post.said.title.as_deref(),
        author: post.said.author.as_ref(),
        source: &post.source,
        voice: hit.voice,
        at: post.when(),
        language: verdict.map(|verdict| verdict.language.code.as_str()),
        sentiment: verdict.map(|verdict| sentiment_name(verdict.sentiment.label)),
        topics: said(verdict.map(|verdict| &verdict.topics)),
        signals: said(verdict.map(|verdict| &verdict.signals)),
        accounts: named
            .iter()
            .filter(|account| account.score >= Band::THRESHOLD)
            .map(|account| account.name.as_str())
            .collect(),
        score: (sort == Sort::Best).then_some(hit.score),
        snippet: Snippet { marks, text: found.text },
        why: &hit.why,
        reprints: &hit.reprints,
    }
}

fn said(topics: Option<&Vec<TopicVerdict>>) -> Vec<&str> {
    let topics = topics.into_iter().flatten();
    topics.filter(|topic| topic.band == Band::Yes).map(|topic| topic.name.as_str()).collect()
}
