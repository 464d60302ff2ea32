//! `overheard ask`.

use std::io::{self, Write};
use std::path::Path;

use anyhow::{Context as _, bail};
use clap::{Args, ValueEnum};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use super::progress::Progress;
use super::{Common, Usage, named};
use crate::account::Account;
use crate::app;
use crate::classify::{Encoder, language, model_of, readable};
use crate::clock::{Clock as _, SystemClock};
use crate::config::{Config, Market, nearest};
use crate::digest::{Question, Understood, Window};
use crate::eval::asking;
use crate::eval::counts::Half;
use crate::pipeline::{Asking, Event, Narrowed};
use crate::search::meaning::Meaning;
use crate::source::Voice;
use crate::store::Store;
use crate::text::count::count;
use crate::text::languages;
use crate::verdict::Embedding;
use crate::views;

/// Days a question asks about, unless it says otherwise.
const DAYS: i32 = 30;

/// From this confidence on a question is taken to be in another language: few words are told wrongly.
const SURE_OF_LANGUAGE: f32 = 0.9;

/// Fewer posts are read in less than a second: no word about it.
const MANY_BEHIND: u64 = 2_000;

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

Words that only ask do not steer; a company named in the question narrows it, and so does \"what do
customers say\". Every sentence of the answer stands in a post, with a link to it. Nothing solid means that
nobody said it, or one voice alone.")]
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
        let encoder = app::encoder(&config).context("a question is read by the encoder")?;
        let (understood, asked) = steered(&*encoder, &market, understood, &narrowed)?;
        let model = model_of(&*encoder);
        let mut meaning = caught_up(&config, &*store)?;
        let now = SystemClock.now();
        let window = last_days(self.since.or(understood.days).unwrap_or(DAYS), now);
        let mut asking =
            Asking { market: &market, store: &*store, meaning: &mut meaning, model: &model };
        warn_if_behind(&asking)?;
        let answer = asking.answer(&understood, &asked, &narrowed, window)?;
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

/// Where `overheard demo` and `overheard real-day` keep theirs, what it is called among our questions, and
/// how far back its posts go, in days.
const STORES: [(&str, &str, i32); 2] =
    [("sample", "var/demo", 60), ("real", "var/real-day", 15_000)];

/// Asks our own questions of the stores that are there.
pub(super) fn measure(common: &Common, folder: &Path, out: &mut dyn Write) -> anyhow::Result<()> {
    if !folder.is_dir() {
        writeln!(out, "ask: not measured, {} is missing", folder.display())?;
        return Ok(());
    }
    for (name, data, days) in STORES {
        let mut config = common.config()?;
        config.data = data.into();
        config.sources = config.data.join("sources");
        if !config.data.join("store").is_dir() {
            let make = if name == "sample" { "make demo" } else { "make real-day" };
            writeln!(out, "ask, {name}: not measured, there is no {data}; `{make}` makes it")?;
            continue;
        }
        let market = Market::read(&config.sources)?;
        let store = app::open_store_to_answer(&config)?;
        let encoder = app::encoder(&config)?;
        let model = model_of(&*encoder);
        let mut meaning = caught_up(&config, &*store)?;
        let window = last_days(days, SystemClock.now());
        let mut answers = |text: &str| -> anyhow::Result<(bool, f32)> {
            let understood =
                Question::of(text)?.understood(&market.accounts, &market.ruleset.topics)?;
            let narrowed = Narrowed {
                account: understood.accounts.first().cloned(),
                topic: None,
                voice: understood.voice,
            };
            let (understood, asked) = steered(&*encoder, &market, understood, &narrowed)?;
            let mut asking =
                Asking { market: &market, store: &*store, meaning: &mut meaning, model: &model };
            let answer = asking.answer(&understood, &asked, &narrowed, window)?;
            Ok((answer.answer().said.is_some(), answer.answer().best))
        };
        for half in Half::BOTH {
            let cases = asking::cases(&folder.join(half.file()))?;
            let came = asking::measure(&cases, name, &mut answers)?;
            writeln!(
                out,
                "ask, {name}, {}: {} of {} left without an answer, {} of {} that nobody spoke of answered",
                half.name(),
                came.silent,
                came.answerable,
                came.answered,
                came.unanswerable
            )?;
            let looked_at = came.asked.iter().filter(|_| half == Half::Tuned && common.verbose);
            for (case, answered, best) in looked_at {
                let right = if case.answerable == *answered { "" } else { ", wrongly" };
                let how = if *answered { "answered" } else { "silent" };
                eprintln!("  {best:.2} {how}{right}: {}", case.question);
            }
        }
    }
    Ok(())
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

/// The index by meaning, with all that changed in the store since.
pub(super) fn caught_up(config: &Config, store: &dyn Store) -> anyhow::Result<Meaning> {
    let mut meaning = Meaning::open(&app::meaning_folder(config))?;
    let behind = store.counts()?.posts.saturating_sub(meaning.len() as u64);
    if behind < MANY_BEHIND {
        meaning.catch_up(store, &mut |_| {})?;
        return Ok(meaning);
    }
    let progress = Progress::new();
    progress.show(&Event::Indexing { posts: behind as usize });
    meaning.catch_up(store, &mut |changes| progress.show(&Event::Indexed { posts: changes }))?;
    progress.end();
    Ok(meaning)
}

/// The embedding of a text somebody wrote on the command line.
pub(super) fn embedded(encoder: &dyn Encoder, text: &str) -> anyhow::Result<Embedding> {
    let language = language::detect(text, None);
    let sure = language.confidence >= SURE_OF_LANGUAGE && language.code != languages::UNTOLD;
    if sure && !encoder.languages().judge(&language) {
        let asked = languages::name(&language.code);
        let reads = encoder.languages();
        return Err(Usage(format!(
            "this seems to be in {asked}, and the encoder reads {reads}: ask in a language it reads, or set \
             another `encoder` in overheard.toml"
        ))
        .into());
    }
    let embedding = encoder.encode(&[&readable::readable(text)])?.pop().unwrap_or_default();
    if embedding.0.is_empty() {
        return Err(
            Usage(format!("the encoder finds no word in {text:?}: ask in other words")).into()
        );
    }
    Ok(embedding)
}

/// What a question asks, and its embedding. Of one that names the account it is narrowed to, that is what
/// goes beyond the name: every post that may answer has the name in common.
fn steered(
    encoder: &dyn Encoder,
    market: &Market,
    understood: Understood,
    narrowed: &Narrowed,
) -> anyhow::Result<(Understood, Embedding)> {
    let asked = embedded(encoder, &understood.about)?;
    let named = |account: &&Account| {
        narrowed.account.as_ref() == Some(&account.name)
            && understood.accounts.contains(&account.name)
    };
    let Some(account) = market.accounts.iter().find(named) else { return Ok((understood, asked)) };
    let name = encoder.encode(&[&account.name])?.pop().unwrap_or_default();
    Ok((understood.of_account(account), asked.beyond(&name)))
}

/// The last so many days up to now.
pub(super) fn last_days(days: i32, now: Timestamp) -> Window {
    let length = SignedDuration::from_hours(24).saturating_mul(days);
    let from = now.saturating_sub(length).unwrap_or(Timestamp::MIN);
    // What was said this very second is in it.
    let until = now.saturating_add(SignedDuration::from_secs(1)).unwrap_or(Timestamp::MAX);
    Window { from, until }
}

/// A stretch of time as people write it, in days.
pub(super) fn days(text: &str) -> Result<i32, String> {
    let refused = || format!("{text:?} is no stretch of time; write it like 14d, 6w, 3m or 2y");
    let text = text.trim();
    let number = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let each = match text.get(number.len()..) {
        Some("d") => 1,
        Some("w") => 7,
        Some("m") => 31,
        Some("y") => 366,
        _ => return Err(refused()),
    };
    let number: i32 = number.parse().map_err(|_| refused())?;
    number.checked_mul(each).filter(|days| *days > 0).ok_or_else(refused)
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stretches_of_time_are_read_as_people_write_them() {
        for (text, read) in [("30d", Ok(30)), ("6w", Ok(42)), ("3m", Ok(93)), (" 2y ", Ok(732))] {
            assert_eq!(days(text), read);
        }
        for text in ["", "30", "d", "-3d", "0d", "99999999y", "é", "3 hours", "1.5d"] {
            assert!(days(text).is_err_and(|error| error.contains("14d")), "{text}");
        }
    }
}
