//! `overheard search`.

mod json;
mod meant;
mod print;

use std::cell::OnceCell;
use std::io::{self, Write as _};
use std::ops::ControlFlow;
use std::time::{Duration, Instant};

use clap::{Args, ValueEnum};

pub(super) use self::meant::meant;
use super::progress::Progress;
use super::{Common, Usage, named};
use crate::app;
use crate::clock::{Clock as _, SystemClock};
use crate::config::Config;
use crate::pipeline::Event;
use crate::search::{self, Answer, Ask, Counts, Looser, Query, Sort, Words, WordsError};
use crate::store::Store;
use crate::text::count::count;

/// How long a search waits for posts that are not in the index yet: whoever asks is on the phone.
const PATIENCE: Duration = Duration::from_secs(3);

/// Fewer posts are indexed before anybody has seen a bar.
const WORTH_A_BAR: usize = 1_000;

/// Posts shown at most: more is for `overheard export`.
const MOST_SHOWN: u16 = 1_000;

/// Find what was said: words, phrases, and what posts are about
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  overheard search 'pricing -beta'              both are one word to a shell: quote the query
  overheard search '\"cloud cost\" since:14d'     a phrase, of the last 14 days
  overheard search 'migrat* account:acme voice:expert,analyst'
  overheard search 'topic:data-egress sentiment:negative' --facets
  overheard search '(outage OR downtime) source:daily-rack until:2026-11-01' --sort newest
  overheard search 'author:\"Ada Byron\" lang:en' --json --limit 100

Words: all of them must be said, in any order; case, accents and English endings make no difference
(price, prices, pricing). \"in quotes\": one after the other. begin*: words that begin so. -word: not
this. OR, with parentheses: either.

Fields: account: (name, alias, domain), topic:, signal:, source:, owner:, voice:, author:, lang:,
sentiment:, since:, until:, on: (2026-11-01, 2026-11, yesterday, 14d, 2w, 3m; days are UTC). Several
values with commas mean one of them; names with spaces go in quotes, or with dashes: topic:data-egress.
Topics, signals and accounts are those a verdict says, not those it is unsure of.")]
pub(super) struct Search {
    /// What to look for; one that begins with a dash goes behind `--`
    #[arg(required = true, value_name = "QUERY")]
    query: Vec<String>,
    /// In which order [default: best, where a word is asked for; else newest]
    #[arg(long, value_enum)]
    sort: Option<Order>,
    /// How many posts to show
    #[arg(long, default_value_t = 10, value_name = "N", value_parser = clap::value_parser!(u16).range(0..=i64::from(MOST_SHOWN)))]
    limit: u16,
    /// Count what the posts are about: topics, accounts, voices, weeks
    #[arg(long)]
    facets: bool,
    /// Print it as JSON
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Order {
    /// Those that say most of it first
    Best,
    /// The newest first
    Newest,
}

/// What is told.
struct Told<'t> {
    text: &'t str,
    query: &'t Query,
    sort: Sort,
    /// Posts that are kept and not in the index yet.
    behind: u64,
    /// Whether the index knows all that the store knows.
    is_up_to_date: bool,
    answer: &'t Answer,
    /// Where nothing was found: what there is without a part.
    looser: Vec<Looser>,
    /// And where even that finds nothing: what there is by each part alone.
    apart: Vec<Looser>,
}

impl Search {
    pub(super) fn run(self, common: &Common) -> anyhow::Result<()> {
        let config = common.config()?;
        let (market, _) = named::market_in_part(&config);
        let text = typed(&self.query);
        let query = Query::parse(&text, &market, SystemClock.now())
            .map_err(|fault| Usage(fault.to_string()))?;
        if query.parts.is_empty() {
            let what =
                "there is no word and no field in this; `overheard search --help` shows examples";
            return Err(Usage(what.to_owned()).into());
        }
        let store = app::open_store_to_answer(&config)?;
        let (words, is_up_to_date) = up_to_date(&config, &*store)?;
        let sort = match self.sort {
            Some(Order::Best) => Sort::Best,
            None if query.has_words() => Sort::Best,
            Some(Order::Newest) | None => Sort::Newest,
        };
        let counts = if self.facets { Counts::Facets } else { Counts::Total };
        let ask = Ask { sort, limit: usize::from(self.limit), counts };
        let answer = search::answer(&words, &*store, &market, &query, &ask)?;
        let nothing = answer.total == 0;
        let looser = if nothing { search::loosened(&words, &query)? } else { Vec::new() };
        let apart =
            if nothing && looser.is_empty() { search::apart(&words, &query)? } else { Vec::new() };
        let behind = store.counts()?.posts.saturating_sub(words.posts());
        let told = Told {
            text: &text,
            query: &query,
            sort,
            behind,
            is_up_to_date,
            answer: &answer,
            looser,
            apart,
        };
        let mut out = io::stdout().lock();
        if self.json {
            writeln!(out, "{}", serde_json::to_string_pretty(&json::report(&told))?)?;
            return Ok(());
        }
        print::print(&told, &mut out)?;
        if let Some(lag) = lag(behind, is_up_to_date) {
            eprintln!("{lag}: search again, or `overheard reindex` waits for all");
        }
        Ok(())
    }
}

/// What an answer is without, where the index is behind.
fn lag(behind: u64, is_up_to_date: bool) -> Option<String> {
    match (behind, is_up_to_date) {
        (0, true) => None,
        (0, false) => {
            Some("Posts that changed or were judged lately are found as they were".into())
        }
        _ => Some(format!("{} not in the index yet", count(behind, "post is", "posts are"))),
    }
}

/// The query as it was meant: where the shell took quotes away, they are put back.
fn typed(words: &[String]) -> String {
    if let [one] = words {
        return one.clone();
    }
    let quoted = |word: &String| {
        if !word.contains(char::is_whitespace) || word.contains('"') {
            return word.clone();
        }
        match word.split_once(':') {
            Some((field, value)) if !field.contains(char::is_whitespace) => {
                format!("{field}:\"{value}\"")
            }
            _ => format!("\"{word}\""),
        }
    };
    words.iter().map(quoted).collect::<Vec<_>>().join(" ")
}

/// The index, brought up to date as far as patience goes, and whether it is. Where that cannot be done, what
/// is in it is better than no answer.
fn up_to_date(config: &Config, store: &dyn Store) -> anyhow::Result<(Words, bool)> {
    let begun = Instant::now();
    let progress: OnceCell<Progress> = OnceCell::new();
    let show = |event: Event<'_>| {
        if matches!(event, Event::Indexing { posts } if posts >= WORTH_A_BAR) {
            progress.get_or_init(Progress::new);
        }
        if let Some(progress) = progress.get() {
            progress.show(&event);
        }
    };
    let done = app::bring_up_to_date(config, store, &show, &mut |_| {
        if begun.elapsed() < PATIENCE { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
    });
    if let Some(progress) = progress.get() {
        progress.end();
    }
    let is_up_to_date = done.as_ref().is_ok_and(|followed| followed.is_up_to_date);
    match done {
        Ok(followed) => {
            if let Some(why) = followed.anew.filter(|why| why != search::THERE_WAS_NONE) {
                eprintln!("The index was begun anew: {why}.");
            }
        }
        Err(WordsError::Store(error)) => return Err(error.into()),
        Err(error) => eprintln!("The index may be behind: {error}"),
    }
    Ok((Words::open(&app::words_folder(config))?, is_up_to_date))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_index_that_is_behind_is_said_to_be() {
        assert_eq!(lag(0, true), None);
        assert_eq!(lag(1, false).unwrap(), "1 post is not in the index yet");
        assert!(lag(0, false).unwrap().contains("as they were"));
    }

    #[test]
    fn quotes_that_a_shell_took_away_are_put_back() {
        let typed =
            |words: &[&str]| typed(&words.iter().map(|w| (*w).to_owned()).collect::<Vec<_>>());
        assert_eq!(typed(&["cloud cost -beta"]), "cloud cost -beta");
        assert_eq!(typed(&["cloud cost", "bill"]), "\"cloud cost\" bill");
        assert_eq!(typed(&["topic:Cloud cost", "since:14d"]), "topic:\"Cloud cost\" since:14d");
        assert_eq!(typed(&["topic:\"Cloud cost\" x", "y"]), "topic:\"Cloud cost\" x y");
    }
}
