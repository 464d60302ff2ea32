//! What is wanted of a post, as tantivy is asked for it. What filters adds nothing to a post's score.

use std::ops::Bound;

use jiff::Timestamp;
use tantivy::Term;
use tantivy::query::{
    AllQuery, BooleanQuery, ConstScoreQuery, EmptyQuery, InvertedIndexRangeQuery, Occur,
    PhraseQuery, Query as Asked, RangeQuery, TermQuery, TermSetQuery,
};
use tantivy::schema::{Field, IndexRecordOption};

use super::fields::{FIELDS, sentiment_name};
use super::query::{Query, Wanted};
use super::tokens::{self, Word};
use crate::source::SourceId;

/// The last character there is: everything that begins with a word stands before the word and this.
const LAST_CHARACTER: char = '\u{10ffff}';

/// What is asked for a query; every post where nothing is wanted in particular.
pub(super) fn asked(query: &Query) -> Box<dyn Asked> {
    let parts: Vec<&Wanted> = query.parts.iter().map(|part| &part.wanted).collect();
    all(&parts)
}

fn all(wanted: &[&Wanted]) -> Box<dyn Asked> {
    if let [one] = wanted {
        if !matches!(one, Wanted::Not(_)) {
            return of(one);
        }
    }
    together(wanted, of)
}

fn together(wanted: &[&Wanted], of: fn(&Wanted) -> Box<dyn Asked>) -> Box<dyn Asked> {
    let mut clauses: Vec<(Occur, Box<dyn Asked>)> = wanted
        .iter()
        .map(|wanted| match wanted {
            Wanted::Not(not) => (Occur::MustNot, excluded(not)),
            wanted => (Occur::Must, of(wanted)),
        })
        .collect();
    if clauses.iter().all(|(occur, _)| *occur == Occur::MustNot) {
        clauses.push((Occur::Must, filter(AllQuery)));
    }
    Box::new(BooleanQuery::new(clauses))
}

/// What is not wanted. tantivy 0.27 asks a phrase that is excluded for posts before the one it stands at,
/// which it cannot answer; a union of phrases can.
fn excluded(wanted: &Wanted) -> Box<dyn Asked> {
    match wanted {
        Wanted::Words(words) | Wanted::Author(words) | Wanted::Begins(words)
            if tokens::folded(words).len() > 1 =>
        {
            any(vec![of(wanted), of(wanted)])
        }
        Wanted::All(wanted) => together(&wanted.iter().collect::<Vec<_>>(), excluded),
        Wanted::Any(wanted) if !wanted.is_empty() => any(wanted.iter().map(excluded).collect()),
        wanted => of(wanted),
    }
}

fn of(wanted: &Wanted) -> Box<dyn Asked> {
    match wanted {
        Wanted::All(wanted) => all(&wanted.iter().collect::<Vec<_>>()),
        Wanted::Any(wanted) if wanted.is_empty() => Box::new(EmptyQuery),
        Wanted::Any(wanted) => any(wanted.iter().map(of).collect()),
        Wanted::Not(_) => all(&[wanted]),
        Wanted::Words(words) => phrase(FIELDS.words, &tokens::stems(words)),
        Wanted::Begins(words) => begins(words),
        Wanted::Author(author) => filter_boxed(phrase(FIELDS.author, &tokens::folded(author))),
        Wanted::Sources(sources) => of_sources(sources),
        Wanted::Topic(name) => named(FIELDS.topic, name),
        Wanted::Signal(name) => named(FIELDS.signal, name),
        Wanted::Account(name) => named(FIELDS.account, name),
        Wanted::Language(code) => named(FIELDS.language, code),
        Wanted::Sentiment(label) => named(FIELDS.sentiment, sentiment_name(*label)),
        Wanted::Said { from, until } => said(*from, *until),
    }
}

fn any(asked: Vec<Box<dyn Asked>>) -> Box<dyn Asked> {
    Box::new(BooleanQuery::union(asked))
}

fn filter(asked: impl Asked) -> Box<dyn Asked> {
    filter_boxed(Box::new(asked))
}

fn filter_boxed(asked: Box<dyn Asked>) -> Box<dyn Asked> {
    Box::new(ConstScoreQuery::new(asked, 0.0))
}

fn phrase(field: Field, words: &[Word]) -> Box<dyn Asked> {
    let term = |word: &Word| Term::from_field_text(field, &word.word);
    match words {
        [] => Box::new(EmptyQuery),
        [word] => Box::new(TermQuery::new(term(word), IndexRecordOption::WithFreqs)),
        words => {
            let first = words[0].position;
            let terms = words.iter().map(|word| (word.position - first, term(word)));
            Box::new(PhraseQuery::new_with_offset(terms.collect()))
        }
    }
}

/// Words, the last of which is only begun: it is looked for among the stems, and among the words that a
/// stem does not begin.
fn begins(words: &str) -> Box<dyn Asked> {
    let folded = tokens::folded(words);
    let Some((last, before)) = folded.split_last() else { return Box::new(EmptyQuery) };
    let begun = |field| -> Box<dyn Asked> {
        let end = format!("{}{LAST_CHARACTER}", last.word);
        let bound = |text: &str| Term::from_field_text(field, text);
        Box::new(InvertedIndexRangeQuery::new(
            Bound::Included(bound(&last.word)),
            Bound::Included(bound(&end)),
        ))
    };
    let begun = any(vec![begun(FIELDS.words), begun(FIELDS.forms)]);
    let begun = Box::new(ConstScoreQuery::new(begun, 1.0));
    if before.is_empty() {
        return begun;
    }
    let before = tokens::stems(&words[..last.at.start]);
    Box::new(BooleanQuery::intersection(vec![phrase(FIELDS.words, &before), begun]))
}

fn named(field: Field, name: &str) -> Box<dyn Asked> {
    filter(TermQuery::new(Term::from_field_text(field, name), IndexRecordOption::Basic))
}

fn of_sources(sources: &[SourceId]) -> Box<dyn Asked> {
    match sources {
        [] => Box::new(EmptyQuery),
        [source] => named(FIELDS.source, source.as_str()),
        sources => {
            let term = |source: &SourceId| Term::from_field_text(FIELDS.source, source.as_str());
            filter(TermSetQuery::new(sources.iter().map(term)))
        }
    }
}

fn said(from: Option<Timestamp>, until: Option<Timestamp>) -> Box<dyn Asked> {
    let term = |moment: Timestamp| Term::from_field_i64(FIELDS.moment, moment.as_second());
    let from = from.map_or(Bound::Unbounded, |from| Bound::Included(term(from)));
    let until = until.map_or(Bound::Unbounded, |until| Bound::Excluded(term(until)));
    if matches!((&from, &until), (Bound::Unbounded, Bound::Unbounded)) {
        return filter(AllQuery);
    }
    filter(RangeQuery::new(from, until))
}
