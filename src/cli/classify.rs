//! `overheard classify`: JSON lines in, JSON lines out. The form is public: see docs in README.md.

use std::io::{self, Write};
use std::path::PathBuf;

use clap::Args;
use serde::{Deserialize, Serialize};

use super::lines::{JsonLines, Unanswered};
use super::{Common, target};
use crate::app;
use crate::classify::{Classifier, Detail, Judgement, Target, Text};
use crate::config::{Config, Market};
use crate::text::count::count;
use crate::topic::RulesetId;
use crate::verdict::{AccountVerdict, Language, ModelId, Sentiment, TopicVerdict};

/// Texts judged at a time: enough to sort by length, few enough that answers come soon.
const BATCH: usize = 128;

/// Judge texts: JSON lines in, JSON lines out
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  echo '{\"id\":\"1\",\"text\":\"Our cloud bill doubled and nobody knows why\"}' | overheard classify
  overheard classify --topics my/topics.toml < posts.jsonl > verdicts.jsonl
  overheard classify --taught < posts.jsonl      as `overheard teach` has taught the topics

In:  {\"id\", \"text\"} and, if you know it, \"language\". With \"target\" (a name in the text) the
     sentiment is towards that one; \"start\" and \"end\" say which mention is meant, in characters
     (Unicode code points) from 0, the end not included.
Out: {\"id\", \"sentiment\", \"topics\", \"signals\", \"accounts\", \"language\", \"model\", \"ruleset\"}, in the same
order, and \"not_judged\" with the reason where it is in a language the encoder does not read; {\"id\", \"error\"} for a line that cannot be judged (exit status 1 at the end).")]
pub(super) struct Classify {
    /// Judge by the topics of this file instead of those in the folder of sources
    #[arg(long, value_name = "FILE")]
    topics: Option<PathBuf>,
    /// Judge by the labels in the store as well, as `overheard run` does
    #[arg(long, conflicts_with = "topics")]
    taught: bool,
    /// List every topic with its score, not only those over their threshold
    #[arg(long)]
    all: bool,
}

#[derive(Deserialize)]
struct Asked {
    id: serde_json::Value,
    text: String,
    #[serde(default)]
    language: Option<String>,
    #[serde(default)]
    target: Option<String>,
    #[serde(default)]
    start: Option<usize>,
    #[serde(default)]
    end: Option<usize>,
}

#[derive(Serialize)]
struct Answer<'a> {
    id: &'a serde_json::Value,
    sentiment: Sentiment,
    topics: Vec<TopicVerdict>,
    signals: Vec<TopicVerdict>,
    accounts: Vec<AccountVerdict>,
    language: Language,
    /// Why it was not judged; absent where it was.
    #[serde(skip_serializing_if = "Option::is_none")]
    not_judged: Option<String>,
    model: &'a ModelId,
    ruleset: &'a RulesetId,
}

/// One line of input: a text and whom its sentiment is asked towards, or why there is none.
type Line = Result<(Asked, Option<Target>), Unanswered>;

impl Classify {
    pub(super) fn run(self, common: &Common) -> anyhow::Result<()> {
        let config = common.config()?;
        let mut market = self.market(&config)?;
        let classifier = if self.taught {
            app::taught_classifier(&config, &mut market, &*app::open_kept_store(&config)?)?
        } else {
            app::classifier(&config, &market)?
        };
        let detail = if self.all { Detail::All } else { Detail::OverThreshold };
        let mut out = io::BufWriter::new(io::stdout().lock());
        let mut lines = JsonLines::of(io::stdin().lock(), "{\"id\", \"text\"}");
        let mut refused = 0;
        loop {
            let batch: Vec<Line> =
                lines.batch::<Asked>(BATCH)?.into_iter().map(|line| line.and_then(aimed)).collect();
            if batch.is_empty() {
                break;
            }
            refused += batch.iter().filter(|line| line.is_err()).count();
            answer(&classifier, &market.ruleset.id, detail, &batch, &mut out)?;
            out.flush()?;
        }
        if refused > 0 {
            let total = count(lines.count(), "line", "lines");
            anyhow::bail!(
                "{refused} of {total} could not be judged; each says why in its \"error\""
            );
        }
        Ok(())
    }

    fn market(&self, config: &Config) -> anyhow::Result<Market> {
        let mut market = match &self.topics {
            // Other topics stand alone: the readers of the folder may name topics they lack.
            Some(_) => Market::parse(&[])?,
            None => Market::read(&config.sources)?,
        };
        if let Some(file) = &self.topics {
            market.ruleset = Market::read_topics(file)?;
        }
        Ok(market)
    }
}

fn aimed(asked: Asked) -> Line {
    match target::target(&asked.text, asked.target.as_deref(), asked.start, asked.end) {
        Ok(target) => Ok((asked, target)),
        Err(error) => Err(Unanswered { id: Some(asked.id), line: None, error: error.to_string() }),
    }
}

fn answer(
    classifier: &Classifier,
    ruleset: &RulesetId,
    detail: Detail,
    batch: &[Line],
    out: &mut impl Write,
) -> anyhow::Result<()> {
    let texts: Vec<Text<'_>> = batch
        .iter()
        .flatten()
        .map(|(asked, target)| Text {
            text: &asked.text,
            language_hint: asked.language.as_deref(),
            links: &[],
            target: target.as_ref(),
        })
        .collect();
    let mut judgements = classifier.judge(&texts, detail)?.into_iter();
    for line in batch {
        match line {
            Err(unanswered) => serde_json::to_writer(&mut *out, unanswered)?,
            Ok((asked, _)) => {
                let Some(judgement) = judgements.next() else { break };
                let Judgement { language, sentiment, topics, signals, accounts, .. } = judgement;
                let model = classifier.model();
                let not_judged = classifier.why_unread(&language);
                let answer = Answer {
                    id: &asked.id,
                    sentiment,
                    topics,
                    signals,
                    accounts,
                    language,
                    not_judged,
                    model,
                    ruleset,
                };
                serde_json::to_writer(&mut *out, &answer)?;
            }
        }
        out.write_all(b"\n")?;
    }
    Ok(())
}
