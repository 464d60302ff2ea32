//! A post and its verdict as one row of a table, for people.

use crate::post::{Post, Relation};
use crate::store::Judged;
use crate::verdict::{Band, SentimentLabel, TopicVerdict};

/// What a column holds.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Cell {
    /// Words.
    Text(String),
    /// A number from 0 to 1.
    Score(f32),
    /// A moment, in milliseconds since 1970.
    Moment(i64),
}

/// A kind of cell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// See [`Cell::Text`].
    Text,
    /// See [`Cell::Score`].
    Score,
    /// See [`Cell::Moment`].
    Moment,
}

/// The columns of a row, in order.
pub(super) const COLUMNS: [(&str, Kind); 19] = [
    ("id", Kind::Text),
    ("source", Kind::Text),
    ("said", Kind::Moment),
    ("heard", Kind::Moment),
    ("url", Kind::Text),
    ("author", Kind::Text),
    ("handle", Kind::Text),
    ("relation", Kind::Text),
    ("title", Kind::Text),
    ("text", Kind::Text),
    ("language", Kind::Text),
    ("sentiment", Kind::Text),
    ("sentiment_score", Kind::Score),
    ("topics", Kind::Text),
    ("signals", Kind::Text),
    ("accounts", Kind::Text),
    ("judged", Kind::Moment),
    ("model", Kind::Text),
    ("ruleset", Kind::Text),
];

/// A post's row: a cell for each of [`COLUMNS`], none where there is nothing to say. Names of one cell are
/// separated by `; `.
#[must_use]
pub(super) fn row(post: &Post, judged: Option<&Judged>) -> Vec<Option<Cell>> {
    let text = |text: Option<&str>| text.map(|text| Cell::Text(text.to_owned()));
    let said = &post.said;
    let author = said.author.as_ref();
    let verdict = judged.map(|judged| &judged.verdict);
    let names = |names: Vec<&str>| (!names.is_empty()).then(|| Cell::Text(names.join("; ")));
    let sentiment = verdict.map(|verdict| &verdict.sentiment);
    let score = sentiment.filter(|sentiment| sentiment.label != SentimentLabel::Unknown);
    let accounts = verdict.map(|verdict| {
        verdict.accounts.iter().map(|account| account.name.as_str()).collect::<Vec<_>>()
    });
    vec![
        Some(Cell::Text(post.id.to_string())),
        text(Some(post.source.as_str())),
        Some(Cell::Moment(post.when().as_millisecond())),
        Some(Cell::Moment(post.heard.as_millisecond())),
        text(said.url.as_deref()),
        text(author.and_then(|author| author.name.as_deref())),
        text(author.and_then(|author| author.handle.as_deref())),
        text(Some(relation(&said.relation))),
        text(said.title.as_deref()),
        text(Some(&said.text)),
        text(verdict.map(|verdict| verdict.language.code.as_str())),
        text(sentiment.map(|sentiment| feeling(sentiment.label))),
        score.map(|sentiment| Cell::Score(sentiment.score)),
        verdict.and_then(|verdict| names(sure(&verdict.topics))),
        verdict.and_then(|verdict| names(sure(&verdict.signals))),
        accounts.and_then(names),
        verdict.map(|verdict| Cell::Moment(verdict.at.as_millisecond())),
        text(verdict.map(|verdict| verdict.model.0.as_str())),
        text(verdict.map(|verdict| verdict.ruleset.0.as_str())),
    ]
}

/// The names of what it is about, and not only may be.
fn sure(topics: &[TopicVerdict]) -> Vec<&str> {
    let sure = topics.iter().filter(|topic| topic.band == Band::Yes);
    sure.map(|topic| topic.name.as_str()).collect()
}

fn relation(relation: &Relation) -> &'static str {
    match relation {
        Relation::Original => "original",
        Relation::Reply(_) => "reply",
        Relation::Quote(_) => "quote",
        Relation::Boost(_) => "boost",
    }
}

fn feeling(label: SentimentLabel) -> &'static str {
    match label {
        SentimentLabel::Positive => "positive",
        SentimentLabel::Neutral => "neutral",
        SentimentLabel::Negative => "negative",
        SentimentLabel::Mixed => "mixed",
        SentimentLabel::Unsure => "unsure",
        SentimentLabel::Unknown => "unknown",
    }
}
