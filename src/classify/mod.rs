//! The classifier: a post → a verdict, with reasons. No I/O after it is opened, and no clock.

pub mod accounts;
#[cfg(feature = "rust-bert")]
mod checksum;
mod company_words;
pub mod language;
pub mod logistic;
pub mod readable;
#[cfg(feature = "rust-bert")]
pub mod rust_bert;
pub mod sentiment;
mod tensors;
pub mod topics;
pub mod train;
pub mod words;

use std::sync::Arc;

use self::accounts::{Accounts, Surroundings};
use self::sentiment::SentimentHead;
use self::topics::{Taught, Topics};
use self::words::Folded;
use crate::account::Account;
use crate::topic::{Ruleset, RulesetId, TopicKind};
use crate::verdict::{AccountVerdict, Band, Embedding, Language, ModelId, Sentiment, TopicVerdict};

/// Turns texts into embeddings: one pass feeds every head.
pub trait Encoder: Send + Sync {
    /// Names the encoder and its weights.
    fn id(&self) -> &ModelId;

    /// One embedding per text, in order; unit length, or empty for a text without any token.
    ///
    /// # Errors
    /// Where the model itself fails; nothing is returned for any text then.
    fn encode(&self, texts: &[&str]) -> Result<Vec<Embedding>, EncoderError>;
}

/// The model could not be used.
#[derive(Debug, Clone, thiserror::Error)]
pub enum EncoderError {
    /// A file of the model is missing, damaged, or does not fit the others.
    #[error("the encoder's {file}: {why}; run `make setup` to fetch it again")]
    Files {
        /// Which file.
        file: String,
        /// What is wrong with it.
        why: String,
    },
    /// The model failed on a batch.
    #[error("the encoder failed: {0}")]
    Failed(String),
}

/// The classifier could not be put together.
#[derive(Debug, Clone, thiserror::Error)]
pub enum ClassifierError {
    /// Topics or accounts that cannot be judged by; every problem at once.
    #[error("{}", .0.join("\n"))]
    Rules(Vec<String>),
    /// The model failed on them.
    #[error(transparent)]
    Encoder(#[from] EncoderError),
}

/// What is to be judged.
#[derive(Debug, Clone, Copy, Default)]
pub struct Text<'a> {
    /// The words, without markup.
    pub text: &'a str,
    /// The language the source claims, as a BCP 47 tag.
    pub language_hint: Option<&'a str>,
    /// URLs it links to, and its own.
    pub links: &'a [&'a str],
}

/// What the classifier says of a text.
#[derive(Debug, Clone, PartialEq)]
pub struct Judgement {
    /// The language it was found to be in.
    pub language: Language,
    /// How the author feels.
    pub sentiment: Sentiment,
    /// Topics, best first.
    pub topics: Vec<TopicVerdict>,
    /// Signals, best first.
    pub signals: Vec<TopicVerdict>,
    /// Accounts, surest first.
    pub accounts: Vec<AccountVerdict>,
    /// Its embedding; empty where the language could not be judged.
    pub embedding: Embedding,
}

/// Which topics, signals and accounts a judgement lists.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Detail {
    /// Those over their threshold.
    #[default]
    OverThreshold,
    /// Those in the unsure band as well: questions for the marketer.
    WithUnsure,
    /// Every one, with its score.
    All,
}

/// Gives the embeddings of texts, in order.
pub type Embed<'e> = dyn FnMut(&[&str]) -> Result<Vec<Embedding>, EncoderError> + 'e;

/// An encoder and the heads on it: everything a text is judged by.
pub struct Classifier {
    encoder: Arc<dyn Encoder>,
    sentiment: SentimentHead,
    topics: Topics,
    accounts: Accounts,
    model: ModelId,
    ruleset: RulesetId,
}

impl Classifier {
    /// A classifier by these rules, for these accounts. Embeds their descriptions and examples.
    ///
    /// # Errors
    /// [`ClassifierError::Rules`] lists all that is wrong with topics and accounts.
    pub fn new(
        encoder: Arc<dyn Encoder>,
        sentiment: SentimentHead,
        ruleset: &Ruleset,
        accounts: Vec<Account>,
    ) -> Result<Self, ClassifierError> {
        let by = Arc::clone(&encoder);
        Self::embedded(encoder, sentiment, ruleset, accounts, &mut |texts| by.encode(texts))
    }

    /// The same, with the embeddings of descriptions and examples from `embed`, which may remember them.
    ///
    /// # Errors
    /// See [`Classifier::new`].
    pub fn embedded(
        encoder: Arc<dyn Encoder>,
        sentiment: SentimentHead,
        ruleset: &Ruleset,
        accounts: Vec<Account>,
        embed: &mut Embed<'_>,
    ) -> Result<Self, ClassifierError> {
        let mut problems = topics::problems(&ruleset.topics);
        problems.extend(accounts::problems(&accounts));
        if !problems.is_empty() {
            return Err(ClassifierError::Rules(problems));
        }
        let about = accounts::descriptions(&accounts);
        let mut texts = topics::anchors(ruleset);
        let anchors = texts.len();
        texts.extend(about.iter().map(String::as_str));
        let mut embeddings = embed(&texts)?;
        let about = embeddings.split_off(anchors.min(embeddings.len()));

        let too_many = |error: String| ClassifierError::Rules(vec![error]);
        let model = ModelId(format!("{}+sentiment:{}", encoder.id(), sentiment.digits()));
        Ok(Self {
            topics: Topics::new(ruleset, embeddings).map_err(too_many)?,
            accounts: Accounts::new(accounts, about).map_err(too_many)?,
            encoder,
            sentiment,
            model,
            ruleset: ruleset.id.clone(),
        })
    }

    /// The same classifier, taught by labels: judging by `ruleset` from now on, which is made of the same
    /// topics and these labels.
    #[must_use]
    pub fn taught(mut self, ruleset: &RulesetId, labels: Vec<Taught>) -> Self {
        self.topics.teach(labels);
        self.ruleset = ruleset.clone();
        self
    }

    /// Names the encoder and the heads, with the first digits of their checksums.
    #[must_use]
    pub fn model(&self) -> &ModelId {
        &self.model
    }

    /// Names the rules.
    #[must_use]
    pub fn ruleset(&self) -> &RulesetId {
        &self.ruleset
    }

    /// The embedding of a text as [`Classifier::judge`] makes it; empty where its language cannot be
    /// judged.
    ///
    /// # Errors
    /// Where the model fails.
    pub fn embed(&self, text: &Text<'_>) -> Result<Embedding, EncoderError> {
        if language::detect(text.text, text.language_hint).code != language::JUDGED {
            return Ok(Embedding::default());
        }
        let readable = readable::readable(text.text);
        Ok(self.encoder.encode(&[&readable])?.pop().unwrap_or_default())
    }

    /// The topics and the signals of a text whose embedding is known: what changes when only the rules
    /// or the labels do. No pass of the model.
    #[must_use]
    pub fn topics(
        &self,
        text: &str,
        embedding: &Embedding,
        detail: Detail,
    ) -> (Vec<TopicVerdict>, Vec<TopicVerdict>) {
        self.topics_of(&Folded::new(text), embedding, detail)
    }

    /// One judgement for each text, in order.
    ///
    /// # Errors
    /// Where the model fails; no text is judged then.
    pub fn judge(
        &self,
        texts: &[Text<'_>],
        detail: Detail,
    ) -> Result<Vec<Judgement>, EncoderError> {
        let languages: Vec<Language> =
            texts.iter().map(|text| language::detect(text.text, text.language_hint)).collect();
        let readable: Vec<String> =
            texts.iter().map(|text| readable::readable(text.text)).collect();
        let judged: Vec<usize> =
            (0..texts.len()).filter(|&place| languages[place].code == language::JUDGED).collect();
        let to_encode: Vec<&str> = judged.iter().map(|&place| readable[place].as_str()).collect();
        let mut embeddings = vec![Embedding::default(); texts.len()];
        for (place, embedding) in judged.into_iter().zip(self.encoder.encode(&to_encode)?) {
            embeddings[place] = embedding;
        }
        Ok(texts
            .iter()
            .zip(languages)
            .zip(readable)
            .zip(embeddings)
            .map(|(((text, language), readable), embedding)| {
                self.judgement(text, language, &readable, embedding, detail)
            })
            .collect())
    }

    fn topics_of(
        &self,
        folded: &Folded<'_>,
        embedding: &Embedding,
        detail: Detail,
    ) -> (Vec<TopicVerdict>, Vec<TopicVerdict>) {
        let (topics, signals): (Vec<_>, Vec<_>) = self
            .topics
            .judge(folded, embedding)
            .into_iter()
            .filter(|(_, verdict)| listed(verdict.band, detail))
            .partition(|(kind, _)| *kind == TopicKind::Topic);
        let verdicts = |list: Vec<(TopicKind, TopicVerdict)>| {
            list.into_iter().map(|(_, verdict)| verdict).collect()
        };
        (verdicts(topics), verdicts(signals))
    }

    fn judgement(
        &self,
        text: &Text<'_>,
        language: Language,
        readable: &str,
        embedding: Embedding,
        detail: Detail,
    ) -> Judgement {
        let folded = Folded::new(text.text);
        let sentiment = self.sentiment.judge(readable, &embedding);
        let (topics, signals) = self.topics_of(&folded, &embedding, detail);
        let around = Surroundings { text: text.text, links: text.links, embedding: &embedding };
        let mut accounts = self.accounts.find(&folded, around);
        accounts.retain(|account| listed(accounts::band(account.score), detail));
        Judgement { language, sentiment, topics, signals, accounts, embedding }
    }
}

fn listed(band: Band, detail: Detail) -> bool {
    match detail {
        Detail::OverThreshold => band == Band::Yes,
        Detail::WithUnsure => band != Band::No,
        Detail::All => true,
    }
}
