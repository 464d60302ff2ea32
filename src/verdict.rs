//! A verdict: what the classifier says of a post, and why. Data beside the post, never inside it.

use std::fmt;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::post::PostId;
use crate::topic::RulesetId;

/// Names the model that judged: encoder and head, with the first digits of their checksums.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ModelId(pub String);

/// What stands before the sentiment branch's digits in the id of a model that has one.
const SENTIMENT: &str = "+sentiment:";

impl ModelId {
    /// Whether it has a sentiment branch: one that has says so in its id.
    #[must_use]
    pub fn has_sentiment(&self) -> bool {
        self.sentiment().is_some()
    }

    /// The name of its sentiment branch, where it has one.
    #[must_use]
    pub fn sentiment(&self) -> Option<&str> {
        let (_, branch) = self.0.split_once(SENTIMENT)?;
        branch.split('+').next()
    }

    /// Names what its embeddings depend on: they are the same whatever is known of feelings.
    #[must_use]
    pub fn space(&self) -> String {
        match self.0.split_once(SENTIMENT) {
            Some((before, rest)) => {
                let after = rest.split_once('+').map(|(_, after)| format!("+{after}"));
                before.to_owned() + &after.unwrap_or_default()
            }
            None => self.0.clone(),
        }
    }
}

impl fmt::Display for ModelId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// How an author feels.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SentimentLabel {
    /// Feels well about it.
    Positive,
    /// States something.
    Neutral,
    /// Feels badly about it.
    Negative,
    /// Feels well about one thing in it and badly about another.
    Mixed,
    /// The model cannot decide.
    Unsure,
    /// A language the model was not trained for, or nothing to judge.
    Unknown,
}

/// The probabilities behind a label. They sum to 1.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Probs {
    /// Of positive.
    pub positive: f32,
    /// Of neutral.
    pub neutral: f32,
    /// Of negative.
    pub negative: f32,
}

/// Sentiment, with what it rests on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Sentiment {
    /// The label.
    pub label: SentimentLabel,
    /// The probability of the label, 0 to 1; that of feeling either way where it is mixed, that of the
    /// likeliest class where it is unsure, and 0 where it is unknown.
    pub score: f32,
    /// The probabilities it was read off; absent where it is unknown.
    pub probs: Option<Probs>,
}

impl Sentiment {
    /// The sentiment of what cannot be judged.
    #[must_use]
    pub const fn unknown() -> Self {
        Self { label: SentimentLabel::Unknown, score: 0.0, probs: None }
    }
}

/// How sure a topic's head is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Band {
    /// It is about the topic.
    Yes,
    /// It may be: a question for the marketer, not a statement to a seller.
    Unsure,
    /// It is not (listed only on request).
    No,
}

impl Band {
    /// The score from which a text is about a topic, and names an account.
    pub const THRESHOLD: f32 = 0.5;

    /// The score from which it may be.
    pub const UNSURE: f32 = 0.35;

    /// The band of a score.
    #[must_use]
    pub fn of(score: f32) -> Self {
        if score >= Self::THRESHOLD {
            Self::Yes
        } else if score >= Self::UNSURE {
            Self::Unsure
        } else {
            Self::No
        }
    }
}

/// One topic or signal a post was judged on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TopicVerdict {
    /// The topic's name.
    pub name: String,
    /// 0 to 1; the threshold is at 0.5 for every topic.
    pub score: f32,
    /// How sure.
    pub band: Band,
    /// Why, in words a marketer understands.
    pub why: String,
    /// Of a signal, what the post says of it: how much, who, from what to what. Empty where the post
    /// does not say, or says it in a way we do not understand.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub arguments: Vec<Argument>,
}

/// What a post says of a signal, in its own words.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Argument {
    /// Which part of what happened.
    pub part: Part,
    /// The words, exactly as they stand in the text that was judged.
    pub text: String,
    /// Where they begin there, in characters (Unicode scalar values).
    pub start: u32,
    /// Where they end.
    pub end: u32,
}

/// A part of what happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Part {
    /// Money: raised, asked, fined.
    Amount,
    /// The round of funding.
    Round,
    /// Who leads the round.
    Investor,
    /// Who it is: the person who leads; else the company that raises, hires, cuts, moves, asks or charges.
    Who,
    /// The office a person holds, or the job that is open.
    Role,
    /// How many: jobs, people, or their share.
    Count,
    /// What is left: a product, a supplier, a price.
    From,
    /// What comes instead.
    To,
    /// The service that fails, or what is asked for.
    What,
    /// How long.
    Duration,
    /// In which region.
    Where,
    /// By when offers are due.
    Deadline,
    /// By how much a price changes.
    Change,
    /// From when on.
    When,
    /// The partners.
    With,
    /// The law.
    Rule,
    /// Whom a complaint is about.
    About,
    /// The company that a person comes to, leads or leaves.
    Company,
}

impl Part {
    /// Its name, as in JSON.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Amount => "amount",
            Self::Round => "round",
            Self::Investor => "investor",
            Self::Who => "who",
            Self::Role => "role",
            Self::Count => "count",
            Self::From => "from",
            Self::To => "to",
            Self::What => "what",
            Self::Duration => "duration",
            Self::Where => "where",
            Self::Deadline => "deadline",
            Self::Change => "change",
            Self::When => "when",
            Self::With => "with",
            Self::Rule => "rule",
            Self::About => "about",
            Self::Company => "company",
        }
    }
}

/// One account a post names.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct AccountVerdict {
    /// The account's name.
    pub name: String,
    /// The words in the text that name it, verbatim.
    pub mention: String,
    /// 0 to 1.
    pub score: f32,
    /// Why, in words a marketer understands.
    pub why: String,
    /// How the author feels about it; none where no model said, as in verdicts of older versions.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sentiment: Option<Sentiment>,
}

/// The language a text is in.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Language {
    /// ISO 639-1 (else 639-3) code; `und` where it cannot be told.
    pub code: String,
    /// 0 to 1; where it cannot be told, that of the likeliest.
    pub confidence: f32,
}

/// What the classifier says of a post.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Verdict {
    /// Of which post.
    pub post: PostId,
    /// By which model.
    pub model: ModelId,
    /// By which rules.
    pub ruleset: RulesetId,
    /// When.
    pub at: Timestamp,
    /// The language it was found to be in.
    pub language: Language,
    /// How the author feels.
    pub sentiment: Sentiment,
    /// Topics it is, or may be, about; best first.
    pub topics: Vec<TopicVerdict>,
    /// Signals it carries, or may carry; best first.
    pub signals: Vec<TopicVerdict>,
    /// Accounts it names.
    pub accounts: Vec<AccountVerdict>,
}

/// A text's place in the encoder's space: unit length, or empty for a text that has none.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Embedding(pub Vec<f32>);

/// Numbers added up side by side in a product of two embeddings.
const LANES: usize = 16;

impl Embedding {
    /// The cosine of the angle to `other`: 1 for the same meaning, 0 for none; 0 if either is empty, and
    /// for embeddings of different lengths: those are of different models, and say nothing of each other.
    #[must_use]
    pub fn cosine(&self, other: &Self) -> f32 {
        if self.0.len() != other.0.len() {
            return 0.0;
        }
        // Sums side by side, which a processor adds up at once; one sum would have it wait for each.
        let (mut sums, whole) = ([0.0_f32; LANES], self.0.len() / LANES * LANES);
        let (ours, theirs) = (self.0.chunks_exact(LANES), other.0.chunks_exact(LANES));
        for (ours, theirs) in ours.zip(theirs) {
            for ((sum, a), b) in sums.iter_mut().zip(ours).zip(theirs) {
                *sum += a * b;
            }
        }
        let rest = self.0[whole..].iter().zip(&other.0[whole..]).map(|(a, b)| a * b).sum::<f32>();
        sums.iter().sum::<f32>() + rest
    }

    /// What of it goes beyond `other`: the part at a right angle to that, at unit length; itself, where
    /// there is no such part.
    #[must_use]
    pub fn beyond(&self, other: &Self) -> Self {
        let common = self.cosine(other);
        let rest: Vec<f32> = self.0.iter().zip(&other.0).map(|(a, b)| a - common * b).collect();
        let length = rest.iter().map(|number| number * number).sum::<f32>().sqrt();
        if rest.len() != self.0.len() || length < 0.01 {
            return self.clone();
        }
        Self(rest.into_iter().map(|number| number / length).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_sentiment_branch_reads_the_same_embeddings() {
        let space = |id: &str| ModelId(id.to_owned()).space();
        assert_eq!(space("m:1+sentiment:ab+reading:2"), "m:1+reading:2");
        assert_eq!(space("m:1+sentiment:ab"), space("m:1+sentiment:cd"));
        assert_eq!(space("m:1+reading:2"), "m:1+reading:2");
        assert_ne!(space("m:1+sentiment:ab+reading:2"), space("m:1+sentiment:ab+reading:3"));
    }

    #[test]
    fn an_account_of_an_older_verdict_has_no_sentiment() {
        let older = r#"{"name":"Acme","mention":"Acme","score":0.8,"why":"names “Acme”"}"#;
        let account: AccountVerdict = serde_json::from_str(older).unwrap();
        assert_eq!(account.sentiment, None);
        assert_eq!(serde_json::to_string(&account).unwrap(), older);
    }
}
