//! The classifier: a post → a verdict, with reasons. No I/O after it is opened, and no clock.

pub mod accounts;
#[cfg(any(feature = "rust-bert", feature = "light"))]
pub mod checksum;
pub mod language;
mod lately;
#[cfg(feature = "light")]
pub mod light;
pub mod on_demand;
#[cfg(any(feature = "rust-bert", feature = "light"))]
mod passes;
pub mod precision;
pub mod readable;
#[cfg(any(feature = "rust-bert", feature = "light"))]
mod rows;
#[cfg(feature = "rust-bert")]
pub mod rust_bert;
pub mod sentiment;
pub mod signals;
mod tensors;
#[cfg(any(feature = "rust-bert", feature = "light"))]
pub mod threads;
#[cfg(any(feature = "rust-bert", feature = "light"))]
#[cfg_attr(
    not(feature = "rust-bert"),
    expect(dead_code, reason = "what only other checkpoints have")
)]
mod tokens;
pub mod topics;
pub mod words;

use std::collections::HashMap;
use std::ops::Range;
use std::sync::{Arc, LazyLock, Mutex, PoisonError};

use self::accounts::{Accounts, Candidate};
use self::language::Languages;
use self::lately::{Key, Lately};
use self::sentiment::pieces::Pieces;
use self::sentiment::{Feelings, labelled, mean, relief};
use self::topics::{Taught, Topics};
use self::words::Folded;
use crate::account::Account;
use crate::text::languages::{self, UNTOLD};
use crate::topic::{Ruleset, RulesetId, TopicKind};
use crate::verdict::{
    AccountVerdict, Band, Embedding, Language, ModelId, Part, Sentiment, TopicVerdict,
};

/// Counts the changes of our code by which the same model reads a text otherwise (what is cut away, which
/// words stand for a picture, which language a text is in): raise it with every one, so that what was
/// read before is read again.
const READING: u32 = 2;

/// Accounts named as those a company competes with: a supplier to all may compete with hundreds.
const RIVALS_NAMED: usize = 3;

/// What an encoder was trained for unless it says otherwise.
static ENGLISH: LazyLock<Languages> = LazyLock::new(Languages::default);

/// Turns texts into embeddings: one pass feeds every head.
pub trait Encoder: Send + Sync {
    /// Names the encoder and its weights.
    fn id(&self) -> &ModelId;

    /// The languages it was trained for.
    fn languages(&self) -> &Languages {
        &ENGLISH
    }

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

/// What fetches the encoder's files for this build.
const SETUP: &str = if cfg!(feature = "rust-bert") { "make setup" } else { "make setup-light" };

/// The model could not be used.
#[derive(Debug, Clone, thiserror::Error)]
pub enum EncoderError {
    /// A file of the model is missing, damaged, or does not fit the others.
    #[error("the encoder's {file}: {why}; run `{SETUP}` to fetch it again")]
    Files {
        /// Which file.
        file: String,
        /// What is wrong with it.
        why: String,
    },
    /// A file of a checkpoint of the user's cannot be used.
    #[error("{file}: {why}; {remedy}")]
    Checkpoint {
        /// Which file.
        file: String,
        /// What is wrong with it.
        why: String,
        /// What to do.
        remedy: String,
    },
    /// The model could not be opened; where, and why.
    #[error("{0}")]
    Unopened(String),
    /// The model failed on a batch.
    #[error("the encoder failed: {0}")]
    Failed(String),
}

#[cfg(any(feature = "rust-bert", feature = "light"))]
fn damaged(file: &str, error: &dyn std::fmt::Display) -> EncoderError {
    EncoderError::Files { file: file.to_owned(), why: error.to_string() }
}

#[cfg(any(feature = "rust-bert", feature = "light"))]
fn failed(error: &dyn std::fmt::Display) -> EncoderError {
    EncoderError::Failed(error.to_string())
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

/// Gives the embeddings of texts, in order.
pub type Embed<'e> = dyn FnMut(&[&str]) -> Result<Vec<Embedding>, EncoderError> + 'e;

/// Names the model that judges by this encoder: it, and how texts are made ready for it.
#[must_use]
pub fn model_of(encoder: &dyn Encoder) -> ModelId {
    ModelId(format!("{}+reading:{READING}", encoder.id()))
}

/// An encoder and the heads on it: everything a text is judged by.
pub struct Classifier {
    encoder: Arc<dyn Encoder>,
    topics: Topics,
    accounts: Accounts,
    model: ModelId,
    ruleset: RulesetId,
    lately: Mutex<Lately>,
}

impl Classifier {
    /// A classifier by these rules, for these accounts. Embeds the rules' descriptions and examples;
    /// what an account does is embedded when a text first may name it.
    ///
    /// # Errors
    /// [`ClassifierError::Rules`] lists all that is wrong with topics and accounts.
    pub fn new(
        encoder: Arc<dyn Encoder>,
        ruleset: &Ruleset,
        accounts: Vec<Account>,
    ) -> Result<Self, ClassifierError> {
        let by = Arc::clone(&encoder);
        Self::embedded(encoder, ruleset, accounts, &mut |texts| by.encode(texts))
    }

    /// The same, with the embeddings of descriptions and examples from `embed`, which may remember them.
    ///
    /// # Errors
    /// See [`Classifier::new`].
    pub fn embedded(
        encoder: Arc<dyn Encoder>,
        ruleset: &Ruleset,
        accounts: Vec<Account>,
        embed: &mut Embed<'_>,
    ) -> Result<Self, ClassifierError> {
        let mut problems = topics::problems(&ruleset.topics);
        problems.extend(accounts::problems(&accounts));
        if !problems.is_empty() {
            return Err(ClassifierError::Rules(problems));
        }
        let embeddings = embed(&topics::anchors(ruleset))?;

        let too_many = |error: String| ClassifierError::Rules(vec![error]);
        let model = model_of(&*encoder);
        Ok(Self {
            topics: Topics::new(ruleset, embeddings).map_err(too_many)?,
            accounts: Accounts::new(accounts).map_err(too_many)?,
            encoder,
            model,
            ruleset: ruleset.id.clone(),
            lately: Mutex::default(),
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

    /// Names the encoder and its sentiment branch, with the first digits of their checksums, and how
    /// texts are made ready for them.
    #[must_use]
    pub fn model(&self) -> &ModelId {
        &self.model
    }

    /// Whether a text found to be in this language is judged.
    #[must_use]
    pub fn reads(&self, language: &Language) -> bool {
        self.encoder.languages().judge(language)
    }

    /// Why a text found to be in this language is not judged; none where it is.
    #[must_use]
    pub fn why_unread(&self, language: &Language) -> Option<String> {
        let trained = self.encoder.languages();
        (!trained.judge(language)).then(|| match language.code.as_str() {
            UNTOLD => format!("its language cannot be told; the encoder reads {trained}"),
            code => format!("it is in {}; the encoder reads {trained}", languages::name(code)),
        })
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
        let language = language::detect(text.text, text.language_hint);
        if !self.reads(&language) {
            return Ok(Embedding::default());
        }
        let readable = readable::readable(text.text);
        Ok(self.encoder.encode(&[&readable])?.pop().unwrap_or_default())
    }

    /// The topics and the signals of a text whose embedding is known, and which names these accounts:
    /// what changes when only the rules or the labels do. No pass of the model.
    #[must_use]
    pub fn topics(
        &self,
        text: &str,
        embedding: &Embedding,
        accounts: &[AccountVerdict],
        detail: Detail,
    ) -> (Vec<TopicVerdict>, Vec<TopicVerdict>) {
        let (topics, signals): (Vec<_>, Vec<_>) = self
            .topics
            .judge(&Folded::new(text), embedding)
            .into_iter()
            .filter(|(_, verdict)| listed(verdict.band, detail))
            .partition(|(kind, _)| *kind == TopicKind::Topic);
        let verdicts = |list: Vec<(TopicKind, TopicVerdict)>| -> Vec<TopicVerdict> {
            list.into_iter().map(|(_, verdict)| verdict).collect()
        };
        let mut signals = verdicts(signals);
        for signal in signals.iter_mut().filter(|signal| signal.band != Band::No) {
            signal.arguments = signals::arguments(&signal.name, text, accounts);
            let about = signal.arguments.iter().filter(|argument| argument.part == Part::About);
            let rivals = about.flat_map(|about| {
                let of = self.accounts.competing_with(&about.text).take(RIVALS_NAMED);
                of.map(|name| format!("; “{}” competes with your account “{name}”", about.text))
            });
            signal.why.extend(rivals);
        }
        (verdicts(topics), signals)
    }

    /// Whether a text may name an account: if it does not, no account can be found in it whatever the
    /// model says.
    #[must_use]
    pub fn may_name_an_account(&self, text: &str, links: &[&str]) -> bool {
        !self.accounts.look(text, links).is_empty()
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
        let judged: Vec<usize> =
            (0..texts.len()).filter(|&place| self.reads(&languages[place])).collect();
        let words: Vec<&str> = texts.iter().map(|text| text.text).collect();
        // A name is a name in any language: who is named stays findable where nothing else is read.
        let named: Vec<Vec<Candidate>> =
            texts.iter().map(|text| self.accounts.look(text.text, text.links)).collect();
        let prepared: Vec<Prepared<'_>> =
            judged.iter().map(|&place| Prepared::of(&texts[place], &named[place])).collect();
        let questions = self.accounts.questions(&words, &named, &judged);
        let asked: Vec<&str> = questions.texts().collect();
        let (read, answers) = self.read(&prepared, &asked)?;
        let fits = self.accounts.learn(&questions, &named, answers);
        let mut of_text = vec![Read::default(); texts.len()];
        for (place, read) in judged.into_iter().zip(read) {
            of_text[place] = read;
        }
        Ok(texts
            .iter()
            .zip(&named)
            .zip(languages)
            .zip(of_text)
            .enumerate()
            .map(|(place, (((text, named), language), read))| {
                let Read { embedding, feelings } = read;
                let fit = |account| fits.of(place, account, &embedding);
                let feeling = |candidate| match text.target {
                    Some(_) => None,
                    None => towards(named, candidate, &feelings),
                };
                let mut accounts = self.accounts.settle(named, fit, feeling);
                let sentiment = match text.target {
                    Some(Target::Named(_)) => feelings.targets.first().copied().flatten(),
                    Some(Target::Unnamed) | None => feelings.author,
                };
                let (topics, signals) = self.topics(text.text, &embedding, &accounts, detail);
                accounts.retain(|account| listed(Band::of(account.score), detail));
                let sentiment = labelled(sentiment);
                Judgement { language, sentiment, topics, signals, accounts, embedding }
            })
            .collect())
    }
}

impl Classifier {
    /// What is read in each text, and the embeddings of what else is asked; one pass for all, and none
    /// for a text that was read lately.
    fn read(
        &self,
        texts: &[Prepared<'_>],
        asked: &[&str],
    ) -> Result<(Vec<Read>, Vec<Embedding>), EncoderError> {
        let mut of: HashMap<Key, Option<Read>> = HashMap::new();
        let mut unread = Vec::new();
        {
            let lately = self.lately.lock().unwrap_or_else(PoisonError::into_inner);
            for text in texts {
                of.entry(text.key).or_insert_with(|| {
                    let read = lately.read(&text.key).cloned();
                    if read.is_none() {
                        unread.push(text);
                    }
                    read
                });
            }
        }
        let readings: Vec<Reading<'_>> = unread
            .iter()
            .map(|text| Reading { text: &text.readable, pieces: Some(&text.pieces) })
            .chain(asked.iter().map(|text| Reading { text, pieces: None }))
            .collect();
        let mut read = self.encoder.read(&readings)?;
        let answers = read.split_off(unread.len().min(read.len()));
        let mut lately = self.lately.lock().unwrap_or_else(PoisonError::into_inner);
        for (text, mut read) in unread.into_iter().zip(read) {
            // Signs, digits and pictures alone say nothing a model could be sure of.
            if !text.readable.chars().any(char::is_alphabetic) {
                read.feelings = Feelings::default();
            }
            lately.remember(text.key, read.clone());
            of.insert(text.key, Some(read));
        }
        let read = texts.iter().map(|text| {
            let mut read = of.get(&text.key).cloned().flatten().unwrap_or_default();
            read.feelings.author = relief::weighed(text.text, read.feelings.author);
            read
        });
        Ok((read.collect(), answers.into_iter().map(|read| read.embedding).collect()))
    }
}

/// A text that can be judged, before the pass.
struct Prepared<'t> {
    text: &'t str,
    key: Key,
    readable: String,
    pieces: Pieces,
}

impl<'t> Prepared<'t> {
    fn of(text: &Text<'t>, named: &[Candidate]) -> Self {
        let pieces = match text.target {
            Some(Target::Named(range)) => Pieces::around(text.text, range),
            Some(Target::Unnamed) => Pieces::of(text.text, &[]),
            None => {
                let places = named.iter().flat_map(|candidate| candidate.places.iter().cloned());
                Pieces::of(text.text, &places.collect::<Vec<_>>())
            }
        };
        let readable = readable::readable(text.text);
        Self { text: text.text, key: lately::key(&readable, &pieces), readable, pieces }
    }
}

/// What the author feels towards one of the accounts that are named: the mean over its mentions, which
/// were read in the order of the candidates.
fn towards(named: &[Candidate], candidate: usize, feelings: &Feelings) -> Option<Sentiment> {
    let before: usize = named.iter().take(candidate).map(|named| named.places.len()).sum();
    let mentions = named.get(candidate)?.places.len();
    let read = feelings.targets.iter().skip(before).take(mentions);
    let weighted: Vec<_> = read.filter_map(|probs| Some(((*probs)?, 1.0))).collect();
    mean(&weighted).map(|probs| labelled(Some(probs)))
}

fn listed(band: Band, detail: Detail) -> bool {
    match detail {
        Detail::OverThreshold => band == Band::Yes,
        Detail::WithUnsure => band != Band::No,
        Detail::All => true,
    }
}
