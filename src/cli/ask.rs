//! `overheard ask`.

use std::io::{self, Write};

use anyhow::{Context as _, bail};
use clap::{Args, ValueEnum};
use jiff::tz::TimeZone;

use super::meaning::{caught_up, days, last_days, refused, words};
use super::{Common, Usage, named};
use crate::app;
use crate::classify::model_of;
use crate::clock::{Clock as _, SystemClock};
use crate::config::{Market, nearest};
use crate::digest::{Question, Understood};
use crate::pipeline::{self, Asking, Narrowed};
use crate::source::Voice;
use crate::text::count::count;
use crate::views;

/// Days a question asks about, unless it says otherwise.
const DAYS: i32 = 30;

/// One in so many posts may wait to be judged without a word about it.
const FEW_UNJUDGED: u64 = 20;

/// Ask what others say, and get an answer with its evidence
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  overheard ask \"what do others say about leaving the cloud?\"
  overheard ask \"are customers unhappy with storage prices?\" --since 90d
  overheard ask \"outages\" --account Acme          only posts that name it
  overheard ask \"why is it so expensive?\" --topic \"Cloud cost\"
  overheard ask \"on-call work\" --voice customer --json

Words that only ask do not steer; a company named in the question narrows it to what names it or was
written by it, and so does \"what do customers say\". \"Is Acme reliable?\" asks who feels well or
badly about it. Every sentence of the answer stands in a post, with a link to it. Nothing solid means
that nobody said it, or one voice alone.")]
pub(super) struct Ask {
    /// The question, in your own words
    #[arg(required = true, num_args = 1.., value_name = "QUESTION")]
    question: Vec<String>,
    /// How far back to look: 14d, 6w, 3m, 2y [default: 30d, or what the question says]
    #[arg(long, value_name = "TIME", value_parser = days)]
    since: Option<i32>,
    /// Only posts that name this account
    #[arg(long, value_name = "NAME")]
    account: Option<String>,
    /// Only posts about this topic or with this signal
    #[arg(long, value_name = "NAME")]
    topic: Option<String>,
    /// Only this kind of voice
    #[arg(long, value_enum)]
    voice: Option<VoiceName>,
    /// Print it as JSON
    #[arg(long)]
    json: bool,
}

/// The kinds of voice, as they are written on the command line.
#[derive(Debug, Clone, Copy, ValueEnum)]
enum VoiceName {
    Customer,
    Analyst,
    Press,
    Blog,
    Social,
    Vendor,
    Expert,
    Field,
    Survey,
}

impl From<VoiceName> for Voice {
    fn from(name: VoiceName) -> Self {
        match name {
            VoiceName::Customer => Self::Customer,
            VoiceName::Analyst => Self::Analyst,
            VoiceName::Press => Self::Press,
            VoiceName::Blog => Self::Blog,
            VoiceName::Social => Self::Social,
            VoiceName::Vendor => Self::Vendor,
            VoiceName::Expert => Self::Expert,
            VoiceName::Field => Self::Field,
            VoiceName::Survey => Self::Survey,
        }
    }
}

impl Ask {
    pub(super) fn run(self, common: &Common) -> anyhow::Result<()> {
        let config = common.config()?;
        let (market, _) = named::market_in_part(&config);
        let question = self.question.join(" ");
        let understood = Question::of(&question)
            .and_then(|question| question.understood(&market.accounts, &market.ruleset.topics))
            .map_err(|error| Usage(error.to_string()))?;
        let narrowed = self.narrowed(&market, &understood)?;
        let store = app::open_store_to_answer(&config)?;
        let encoder = app::encoder_to_ask(&config).context("a question is read by the encoder")?;
        let window = last_days(self.since.or(understood.days).unwrap_or(DAYS), SystemClock.now());
        let asked = pipeline::asked(&*encoder, &market, &*store, &question, understood, &narrowed)
            .map_err(refused)?;
        let model = model_of(&*encoder);
        let mut meaning = caught_up(&config, &*store)?;
        let words = words(&config, &*store);
        let mut asking = Asking {
            market: &market,
            store: &*store,
            meaning: &mut meaning,
            words: words.as_ref(),
            model: &model,
        };
        warn_if_behind(&asking)?;
        let answer = asking.answer(&asked, &narrowed, window)?;
        let shown = if self.json {
            serde_json::to_string_pretty(answer.answer())? + "\n"
        } else {
            views::answer(&answer, &TimeZone::UTC)
        };
        write!(io::stdout().lock(), "{shown}")?;
        Ok(())
    }

    /// What the options narrow the question to, and what it names itself.
    fn narrowed(&self, market: &Market, understood: &Understood) -> anyhow::Result<Narrowed> {
        let account = self.account.as_deref().map(|name| account(market, name)).transpose()?;
        let topic = self.topic.as_deref().map(|name| topic(market, name)).transpose()?;
        Ok(Narrowed {
            account: account.or_else(|| understood.accounts.first().cloned()),
            topic,
            voice: self.voice.map(Voice::from).or(understood.voice),
        })
    }
}

/// Says so where much of what is kept cannot be found: it waits to be judged, or another encoder read it.
fn warn_if_behind(asking: &Asking<'_>) -> anyhow::Result<()> {
    let (kept, found) =
        (asking.store.counts()?.posts, asking.meaning.of_model(asking.model) as u64);
    if kept > 0 && found == 0 {
        bail!(
            "none of the {} kept was read by this encoder yet: `overheard run` judges what is new, \
                 `overheard rejudge` what another encoder read",
            count(kept, "post", "posts")
        );
    }
    let missing = kept.saturating_sub(found);
    if missing * FEW_UNJUDGED > kept {
        eprintln!(
            "note: {} of {} cannot be found: not judged yet (`overheard run`, or `overheard rejudge` after a \
                 change of encoder), or in a language the encoder does not read",
            missing,
            count(kept, "post", "posts")
        );
    }
    Ok(())
}

fn account(market: &Market, name: &str) -> anyhow::Result<String> {
    let same = |other: &str| other.eq_ignore_ascii_case(name.trim());
    let mut accounts = market.accounts.iter();
    let found = accounts.find(|a| same(&a.name) || a.aliases.iter().any(|alias| same(alias)));
    let names = market.accounts.iter().map(|account| account.name.as_str());
    match found {
        Some(account) => Ok(account.name.clone()),
        None => Err(unknown("account", name, names)),
    }
}

fn topic(market: &Market, name: &str) -> anyhow::Result<String> {
    let mut topics = market.ruleset.topics.iter();
    let found = topics.find(|topic| topic.name.eq_ignore_ascii_case(name.trim()));
    let names = market.ruleset.topics.iter().map(|topic| topic.name.as_str());
    match found {
        Some(topic) => Ok(topic.name.clone()),
        None => Err(unknown("topic", name, names)),
    }
}

fn unknown<'n>(what: &str, name: &str, names: impl Iterator<Item = &'n str>) -> anyhow::Error {
    let hint = match nearest(name, names) {
        Some(near) => format!("did you mean {near:?}?"),
        None => "`overheard topics list` and the folder of sources show what there is".to_owned(),
    };
    Usage(format!("there is no {what} {name:?}: {hint}")).into()
}
