//! The classifier: a post → a verdict, with reasons. No I/O after it is opened, and no clock.

pub mod accounts;
mod checksum;
mod company_words;
pub mod language;
pub mod readable;
pub mod rust_bert;
pub mod sentiment;
mod tensors;
pub mod topics;
pub mod words;

use std::ops::Range;
use std::sync::Arc;

use self::accounts::{Accounts, Mentions, Surroundings};
use self::sentiment::pieces::Pieces;
use self::sentiment::{Feelings, labelled, mean};
use self::topics::Topics;
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

    /// The embedding of each text and, where its pieces are given, the feelings in it: one pass for
    /// both as far as it goes. An encoder without a sentiment branch knows no feelings.
    ///
    /// # Errors
    /// As for [`Encoder::encode`].
    fn read(&self, readings: &[Reading<'_>]) -> Result<Vec<Read>, EncoderError> {
        let texts: Vec<&str> = readings.iter().map(|reading| reading.text).collect();
        let without = |embedding| Read { embedding, feelings: Feelings::default() };
        Ok(self.encode(&texts)?.into_iter().map(without).collect())
    }
}

/// What an encoder is given to read.
#[derive(Debug, Clone, Copy)]
pub struct Reading<'a> {
    /// The text, [readable](readable::readable).
    pub text: &'a str,
    /// The same as the sentiment branch reads it; none where only the embedding is wanted.
    pub pieces: Option<&'a Pieces>,
}

/// What an encoder read.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Read {
    /// The text's embedding; see [`Encoder::encode`].
    pub embedding: Embedding,
    /// The feelings in it.
    pub feelings: Feelings,
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
    /// Somebody the sentiment is asked towards, instead of the author's in general.
    pub target: Option<&'a Target>,
    /// URLs it links to, and its own.
    pub links: &'a [&'a str],
}

/// Somebody or something that a text speaks of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Target {
    /// The bytes of the text that name it.
    Named(Range<usize>),
    /// The text does not name it: what it says as a whole counts.
    Unnamed,
}

/// What the classifier says of a text.
#[derive(Debug, Clone, PartialEq)]
pub struct Judgement {
    /// The language it was found to be in.
    pub language: Language,
    /// How the author feels; towards the target, where one was given.
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

/// An encoder and the heads on it: everything a text is judged by.
pub struct Classifier {
    encoder: Arc<dyn Encoder>,
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
        ruleset: &Ruleset,
        accounts: Vec<Account>,
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
        let mut embeddings = encoder.encode(&texts)?;
        let about = embeddings.split_off(anchors.min(embeddings.len()));

        let too_many = |error: String| ClassifierError::Rules(vec![error]);
        let model = encoder.id().clone();
        Ok(Self {
            topics: Topics::new(ruleset, embeddings).map_err(too_many)?,
            accounts: Accounts::new(accounts, about).map_err(too_many)?,
            encoder,
            model,
            ruleset: ruleset.id.clone(),
        })
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
        let prepared: Vec<Prepared<'_>> = texts
            .iter()
            .zip(&languages)
            .map(|(text, language)| self.prepared(text, language))
            .collect();
        let judged: Vec<usize> =
            (0..texts.len()).filter(|&place| prepared[place].pieces.is_some()).collect();
        let readings: Vec<Reading<'_>> = judged
            .iter()
            .map(|&place| Reading {
                text: &prepared[place].readable,
                pieces: prepared[place].pieces.as_ref(),
            })
            .collect();
        let mut read = vec![Read::default(); texts.len()];
        for (place, of_text) in judged.into_iter().zip(self.encoder.read(&readings)?) {
            read[place] = of_text;
        }
        Ok(texts
            .iter()
            .zip(languages)
            .zip(prepared)
            .zip(read)
            .map(|(((text, language), prepared), read)| {
                self.judgement(text, language, &prepared, read, detail)
            })
            .collect())
    }

    /// A text before the pass: where it names accounts, and how it is read.
    fn prepared<'a>(&self, text: &Text<'a>, language: &Language) -> Prepared<'a> {
        let folded = Folded::new(text.text);
        let mentions = self.accounts.mentions(&folded);
        if language.code != language::JUDGED {
            return Prepared { folded, mentions, readable: String::new(), pieces: None };
        }
        let pieces = match text.target {
            Some(Target::Named(range)) => Pieces::around(text.text, range),
            Some(Target::Unnamed) => Pieces::of(text.text, &[]),
            None => Pieces::of(text.text, &mentions.places(&folded)),
        };
        Prepared { folded, mentions, readable: readable::readable(text.text), pieces: Some(pieces) }
    }

    fn judgement(
        &self,
        text: &Text<'_>,
        language: Language,
        prepared: &Prepared<'_>,
        read: Read,
        detail: Detail,
    ) -> Judgement {
        let Read { embedding, feelings } = read;
        let (topics, signals): (Vec<_>, Vec<_>) = self
            .topics
            .judge(&prepared.folded, &embedding)
            .into_iter()
            .filter(|(_, verdict)| listed(verdict.band, detail))
            .partition(|(kind, _)| *kind == TopicKind::Topic);
        let verdicts = |list: Vec<(TopicKind, TopicVerdict)>| {
            list.into_iter().map(|(_, verdict)| verdict).collect()
        };
        let around = Surroundings { text: text.text, links: text.links, embedding: &embedding };
        let mut accounts = self.accounts.find(&prepared.folded, &prepared.mentions, around);
        accounts.retain(|found| listed(accounts::band(found.verdict.score), detail));
        let is_general = text.target.is_none();
        let accounts = accounts
            .into_iter()
            .map(|found| {
                let towards: Vec<_> = found
                    .mentions
                    .iter()
                    .filter_map(|mention| *feelings.targets.get(*mention)?)
                    .map(|probs| (probs, 1.0))
                    .collect();
                let sentiment = mean(&towards).filter(|_| is_general);
                AccountVerdict { sentiment: sentiment.map(|p| labelled(Some(p))), ..found.verdict }
            })
            .collect();
        let sentiment = match text.target {
            Some(Target::Named(_)) => feelings.targets.first().copied().flatten(),
            Some(Target::Unnamed) | None => feelings.author,
        };
        // Signs, digits and pictures alone say nothing a model could be sure of.
        let has_words = prepared.readable.chars().any(char::is_alphabetic);
        Judgement {
            language,
            sentiment: labelled(sentiment.filter(|_| has_words)),
            topics: verdicts(topics),
            signals: verdicts(signals),
            accounts,
            embedding,
        }
    }
}

/// A text before the pass.
struct Prepared<'a> {
    folded: Folded<'a>,
    mentions: Mentions,
    readable: String,
    /// None where the language cannot be judged.
    pieces: Option<Pieces>,
}

fn listed(band: Band, detail: Detail) -> bool {
    match detail {
        Detail::OverThreshold => band == Band::Yes,
        Detail::WithUnsure => band != Band::No,
        Detail::All => true,
    }
}
