//! What the index keeps of a post: its words with their places, and what it is filtered and counted by.
//!
//! No text is stored, and nothing that the market's files say: whose voice speaks from a source is
//! looked up when somebody asks.

use std::sync::LazyLock;

use tantivy::schema::{
    BytesOptions, Field, IndexRecordOption, NumericOptions, Schema, SchemaBuilder,
    TextFieldIndexing, TextOptions,
};
use tantivy::tokenizer::TokenizerManager;
use tantivy::{TantivyDocument, Term};

use super::tokens::{Folding, Forms, stemmer};
use crate::month::Month;
use crate::post::{Author, Post, PostId};
use crate::store::Judged;
use crate::verdict::{Band, SentimentLabel, TopicVerdict};

/// A word of the title counts as so many of the text, before many of them count for less and less (as
/// BM25F has it: the title is simply read so often).
const TITLE_WEIGHT: usize = 3;

const STEMS: &str = "stems";
const FORMS: &str = "forms";
const FOLDED: &str = "folded";
const RAW: &str = "raw";

/// The fields of the index.
#[derive(Debug)]
pub(super) struct Fields {
    pub(super) schema: Schema,
    /// The post's id, to find it by.
    pub(super) id: Field,
    /// The post's id in two numbers, to read it off.
    pub(super) id_high: Field,
    pub(super) id_low: Field,
    /// The month it is filed under, to drop it with.
    pub(super) month: Field,
    /// When it was said, in seconds.
    pub(super) moment: Field,
    /// Stems of title and text.
    pub(super) words: Field,
    /// Words that are not their own stems, for what is asked by a beginning.
    pub(super) forms: Field,
    /// The author's name and handle.
    pub(super) author: Field,
    pub(super) source: Field,
    pub(super) language: Field,
    pub(super) sentiment: Field,
    /// Topics it is about, signals it carries and accounts it names: those that are said, not those that
    /// may be.
    pub(super) topic: Field,
    pub(super) signal: Field,
    pub(super) account: Field,
}

/// The one schema.
pub(super) static FIELDS: LazyLock<Fields> = LazyLock::new(Fields::new);

impl Fields {
    fn new() -> Self {
        let mut schema = SchemaBuilder::new();
        let number = NumericOptions::default().set_fast();
        let name = || {
            let indexing = indexed(RAW, IndexRecordOption::Basic);
            TextOptions::default()
                .set_indexing_options(indexing.set_fieldnorms(false))
                .set_fast(RAW)
        };
        let text = |tokenizer, option| {
            TextOptions::default().set_indexing_options(indexed(tokenizer, option))
        };
        let forms = indexed(FORMS, IndexRecordOption::Basic).set_fieldnorms(false);
        Self {
            id: schema.add_bytes_field("id", BytesOptions::default().set_indexed()),
            id_high: schema.add_u64_field("id_high", number.clone()),
            id_low: schema.add_u64_field("id_low", number.clone()),
            month: schema.add_u64_field("month", NumericOptions::default().set_indexed()),
            moment: schema.add_i64_field("moment", number),
            words: schema
                .add_text_field("words", text(STEMS, IndexRecordOption::WithFreqsAndPositions)),
            forms: schema
                .add_text_field("forms", TextOptions::default().set_indexing_options(forms)),
            author: schema
                .add_text_field("author", text(FOLDED, IndexRecordOption::WithFreqsAndPositions)),
            source: schema.add_text_field("source", name()),
            language: schema.add_text_field("language", name()),
            sentiment: schema.add_text_field("sentiment", name()),
            topic: schema.add_text_field("topic", name()),
            signal: schema.add_text_field("signal", name()),
            account: schema.add_text_field("account", name()),
            schema: schema.build(),
        }
    }

    /// What is kept of a post.
    pub(super) fn document(
        &self,
        post: &Post,
        judged: Option<&Judged>,
        month: Month,
    ) -> TantivyDocument {
        let mut document = TantivyDocument::default();
        document.add_bytes(self.id, post.id.as_bytes());
        let (high, low) = halves(post.id);
        document.add_u64(self.id_high, high);
        document.add_u64(self.id_low, low);
        document.add_u64(self.month, number_of(month));
        document.add_i64(self.moment, post.when().as_second());
        for words in texts(post) {
            document.add_text(self.words, words);
        }
        let title = post.said.title.as_deref().into_iter();
        for words in title.chain([post.said.text.as_str()]) {
            document.add_text(self.forms, words);
        }
        if let Some(Author { name, handle, url: _ }) = &post.said.author {
            for words in [name, handle].into_iter().flatten() {
                document.add_text(self.author, words);
            }
        }
        document.add_text(self.source, post.source.as_str());
        if let Some(Judged { verdict, .. }) = judged {
            document.add_text(self.language, &verdict.language.code);
            document.add_text(self.sentiment, sentiment_name(verdict.sentiment.label));
            add_said(&mut document, self.topic, &verdict.topics);
            add_said(&mut document, self.signal, &verdict.signals);
            for account in &verdict.accounts {
                if account.score >= Band::THRESHOLD {
                    document.add_text(self.account, &account.name);
                }
            }
        }
        document
    }

    /// What names a post's document.
    pub(super) fn of_post(&self, id: PostId) -> Term {
        Term::from_field_bytes(self.id, id.as_bytes())
    }

    /// What names the documents of a month.
    pub(super) fn of_month(&self, month: Month) -> Term {
        Term::from_field_u64(self.month, number_of(month))
    }
}

/// What reads the texts of these fields.
pub(super) fn readers() -> TokenizerManager {
    let readers = TokenizerManager::default();
    readers.register(STEMS, stemmer());
    readers.register(FORMS, Forms::default());
    readers.register(FOLDED, Folding);
    readers
}

/// The id that was kept in two numbers.
pub(super) fn id_of(high: u64, low: u64) -> PostId {
    PostId::from_bytes(((u128::from(high) << 64) | u128::from(low)).to_be_bytes())
}

/// The name of a feeling, in queries and JSON.
#[must_use]
pub const fn sentiment_name(label: SentimentLabel) -> &'static str {
    match label {
        SentimentLabel::Positive => "positive",
        SentimentLabel::Neutral => "neutral",
        SentimentLabel::Negative => "negative",
        SentimentLabel::Mixed => "mixed",
        SentimentLabel::Unsure => "unsure",
        SentimentLabel::Unknown => "unknown",
    }
}

fn indexed(reader: &str, option: IndexRecordOption) -> TextFieldIndexing {
    TextFieldIndexing::default().set_tokenizer(reader).set_index_option(option)
}

fn halves(id: PostId) -> (u64, u64) {
    let whole = u128::from_be_bytes(*id.as_bytes());
    ((whole >> 64) as u64, whole as u64)
}

/// 202611 for November 2026.
fn number_of(month: Month) -> u64 {
    let digits: String = month.to_string().chars().filter(char::is_ascii_digit).collect();
    digits.parse().unwrap_or_default()
}

/// About how many bytes a post's document takes.
pub(super) fn texts_bytes(post: &Post) -> usize {
    let titles = post.said.title.as_ref().map_or(0, |title| title.len() * (TITLE_WEIGHT + 1));
    titles + post.said.text.len() * 2
}

/// What is read for words: the title as often as it weighs more, and the text, which may begin with it.
fn texts(post: &Post) -> impl Iterator<Item = &str> {
    let said = &post.said;
    let repeats = match &said.title {
        Some(title) if said.text.starts_with(title.as_str()) => TITLE_WEIGHT - 1,
        _ => TITLE_WEIGHT,
    };
    let titles = said
        .title
        .as_deref()
        .into_iter()
        .flat_map(move |title| std::iter::repeat_n(title, repeats));
    titles.chain([said.text.as_str()])
}

fn add_said(document: &mut TantivyDocument, field: Field, topics: &[TopicVerdict]) {
    for topic in topics.iter().filter(|topic| topic.band == Band::Yes) {
        document.add_text(field, &topic.name);
    }
}
