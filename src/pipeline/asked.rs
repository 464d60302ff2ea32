//! What a question asks, as the encoder reads it: its embedding, and the topics it is about without
//! naming them.

use std::borrow::Cow;

use super::Narrowed;
use crate::account::Account;
use crate::classify::topics::{self, Topics};
use crate::classify::words::Folded;
use crate::classify::{Encoder, EncoderError, language, readable};
use crate::config::Market;
use crate::digest::{Lean, Understood};
use crate::store::Store;
use crate::text::{languages, words};
use crate::verdict::{Band, Embedding};

/// Texts of the rules that a question is held against: putting them together costs their square, which is a
/// tenth of a second for so many. With more it leans to no topic.
const MOST_ANCHORS: usize = 1_000;

/// Topics a question leans to.
const LEANS: usize = 2;

/// A topic with a lower score is not what is asked about.
const LEANS_FROM: f32 = Band::UNSURE;

/// A text that cannot be asked.
#[derive(Debug, thiserror::Error)]
pub enum NotAsked {
    /// It is in another language than the encoder was trained for.
    #[error(
        "this seems to be in {}, and the encoder reads {reads}: ask in a language it reads, or set another \
         `encoder` in overheard.toml",
        told.as_deref().unwrap_or("another language")
    )]
    Foreign {
        /// Which, where that can be told.
        told: Option<String>,
        /// What it reads.
        reads: String,
    },
    /// It has no word that the encoder knows.
    #[error("the encoder finds no word in {0:?}: ask in other words")]
    NoWord(String),
    /// The encoder failed.
    #[error(transparent)]
    Encoder(#[from] EncoderError),
}

/// What a question asks, and its embedding.
#[derive(Debug, Clone, PartialEq)]
pub struct Asked {
    /// What was understood of it.
    pub understood: Understood,
    /// Its place in the encoder's space. Of a question that names the account it is narrowed to, that is what
    /// goes beyond the name: every post that may answer has the name in common.
    pub embedding: Embedding,
}

/// Reads a question.
///
/// # Errors
/// [`NotAsked`].
pub fn asked(
    encoder: &dyn Encoder,
    market: &Market,
    store: &dyn Store,
    question: &str,
    understood: Understood,
    narrowed: &Narrowed,
) -> Result<Asked, NotAsked> {
    refuse_foreign(encoder, market, question)?;
    let embedding = embedded(encoder, &understood.about)?;
    let named = |account: &&Account| {
        narrowed.account.as_ref() == Some(&account.name)
            && understood.accounts.contains(&account.name)
    };
    let Some(account) = market.accounts.iter().find(named) else {
        let leans = leans(encoder, market, store, &understood.about, &embedding);
        return Ok(Asked { understood: Understood { leans, ..understood }, embedding });
    };
    let understood = understood.of_account(account);
    let name = encoder.encode(&[&account.name])?.pop().unwrap_or_default();
    let embedding = embedding.beyond(&name);
    let leans = if understood.terms.is_empty() {
        Vec::new()
    } else {
        leans(encoder, market, store, &understood.about, &embedding)
    };
    Ok(Asked { understood: Understood { leans, ..understood }, embedding })
}

/// The embedding of a text that somebody wrote.
///
/// # Errors
/// [`NotAsked`].
pub fn embedded(encoder: &dyn Encoder, text: &str) -> Result<Embedding, NotAsked> {
    let embedding = encoder.encode(&[&readable::readable(text)])?.pop().unwrap_or_default();
    if embedding.0.is_empty() { Err(NotAsked::NoWord(text.to_owned())) } else { Ok(embedding) }
}

/// Refuses a text in a language that the encoder does not read: it would find nonsense. The names of accounts
/// are of no language, and of a single word none can be told.
///
/// # Errors
/// [`NotAsked::Foreign`].
pub fn refuse_foreign(encoder: &dyn Encoder, market: &Market, text: &str) -> Result<(), NotAsked> {
    let names: Vec<Cow<'_, str>> = market
        .accounts
        .iter()
        .flat_map(|account| std::iter::once(&account.name).chain(&account.aliases))
        .flat_map(|name| words::folded(name))
        .collect();
    let is_name = |word: &&str| words::folded(word).any(|word| names.contains(&word));
    let plain: Vec<&str> = text.split_whitespace().filter(|word| !is_name(word)).collect();
    let Some(code) = language::foreign(&plain.join(" "), encoder.languages()) else {
        return Ok(());
    };
    let name = |code: &str| languages::name(code).to_owned();
    let reads = encoder.languages().to_string();
    Err(NotAsked::Foreign {
        told: (code != languages::UNTOLD).then(|| name(&code)),
        reads: reads.split(',').map(name).collect::<Vec<_>>().join(", "),
    })
}

/// The topics that a text is about by the rules that posts are judged by. Without the embeddings of the
/// rules, which the first run keeps, it leans to none.
fn leans(
    encoder: &dyn Encoder,
    market: &Market,
    store: &dyn Store,
    text: &str,
    embedding: &Embedding,
) -> Vec<Lean> {
    let anchors = topics::anchors(&market.ruleset);
    if anchors.len() > MOST_ANCHORS {
        return Vec::new();
    }
    let kept = store.anchors(encoder.id(), &anchors).unwrap_or_default();
    let kept: Option<Vec<Embedding>> = kept.into_iter().collect();
    let kept = kept.filter(|kept| kept.len() == anchors.len());
    let Some(Ok(topics)) = kept.map(|kept| Topics::new(&market.ruleset, kept)) else {
        return Vec::new();
    };
    let judged = topics.judge(&Folded::new(text), embedding);
    let near = judged.into_iter().filter(|(_, topic)| topic.score >= LEANS_FROM).take(LEANS);
    near.map(|(_, topic)| Lean { topic: topic.name, score: topic.score }).collect()
}
