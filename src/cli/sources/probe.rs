//! `overheard sources test`: one polite visit that keeps nothing.

use std::collections::HashMap;
use std::io::{self, Write as _};
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::bail;
use clap::Args;
use jiff::Timestamp;
use serde::Serialize;
use tokio::sync::mpsc;

use super::folder::check_id;
use crate::adapters::{Adapter, Page, Request, Response, Step, Unreadable};
use crate::app;
use crate::cli::run_to_end;
use crate::clock::{Clock as _, SystemClock};
use crate::config::{Config, Listened, Market};
use crate::crawl::round::HOSTS_AT_A_TIME;
use crate::crawl::schedule::as_configured;
use crate::crawl::skipped::commonest;
use crate::crawl::visit::{Due, Known, Visited};
use crate::crawl::waiting::{Haste, sooner, waiting};
use crate::source::SourceId;
use crate::text::count::count;
use crate::visit::{Memory, Outcome};

/// Articles fetched of a source that lists them: one shows whether they can be read.
const ARTICLES: usize = 1;

/// Visit a source once, politely, and keep nothing
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  overheard sources test daily-rack
  overheard sources test --all --json

Says what was found. Nothing is kept: no post, no date of the visit. A host that asked to be left
alone is, by later tests and runs as well; what was read within the last quarter of an hour, or
within the time that the site itself names, is not asked again. Exit status 1 if a source could not
be read.")]
pub(super) struct Test {
    /// Which; may be more than one
    #[arg(required_unless_present = "all")]
    ids: Vec<SourceId>,
    /// All that are not paused
    #[arg(long, conflicts_with = "ids")]
    all: bool,
    /// Print what was found as JSON
    #[arg(long)]
    json: bool,
}

/// What a visit found.
#[derive(Serialize)]
struct Finding {
    id: String,
    outcome: &'static str,
    words: String,
    posts: usize,
    /// Articles its listing names.
    listed: usize,
    newest: Option<Timestamp>,
    titles: Vec<String>,
    skipped: usize,
    repaired: Vec<String>,
    requests: u32,
}

/// The articles that the listings of sources name, by their keys, in their order.
type Articles = Arc<Mutex<HashMap<SourceId, Vec<String>>>>;

/// An adapter that notes which articles its listings name.
struct Noting {
    adapter: Arc<dyn Adapter>,
    source: SourceId,
    listed: Articles,
}

impl Adapter for Noting {
    fn start(&self) -> Request {
        self.adapter.start()
    }

    fn read(&self, response: &Response<'_>) -> Result<Page, Unreadable> {
        let page = self.adapter.read(response)?;
        if response.step == Step::Listing {
            let mut listed = self.listed.lock().unwrap_or_else(PoisonError::into_inner);
            let articles = listed.entry(self.source.clone()).or_default();
            let led_to = page.follow.iter().filter(|follow| follow.request.step == Step::Article);
            for key in led_to.filter_map(|follow| follow.unless_known.as_ref()) {
                if !articles.contains(key) {
                    articles.push(key.clone());
                }
            }
        }
        Ok(page)
    }
}

impl Test {
    pub(super) fn run(self, config: &Config) -> anyhow::Result<()> {
        let market = Market::read(&config.sources)?;
        for id in &self.ids {
            check_id(&market, id)?;
        }
        let wanted = |listened: &&Listened| {
            let source = &listened.source;
            if self.all { !source.paused } else { self.ids.contains(&source.id) }
        };
        let memories = app::memories(config)?;
        let now = SystemClock.now();
        let listed = Articles::default();
        let mut findings = Vec::new();
        let mut due = Vec::new();
        for listened in market.sources.iter().filter(wanted) {
            let memory = memories.get(&listened.source.id).cloned().unwrap_or_default();
            let memory = as_configured(memory, &listened.source, &*listened.adapter);
            match left_alone(&memory, now) {
                Some(words) => findings.push(Finding::untested(&listened.source.id, words)),
                None => due.push(Due {
                    source: listened.source.clone(),
                    adapter: Arc::new(Noting {
                        adapter: Arc::clone(&listened.adapter),
                        source: listened.source.id.clone(),
                        listed: Arc::clone(&listed),
                    }),
                    listing: listened.listing,
                    // Nothing to ask again with: the point is to see what is there.
                    memory: Memory::default(),
                }),
            }
        }
        if due.len() > 1 {
            eprintln!("testing: {}", count(due.len(), "source", "sources"));
        }
        let known = one_of_each(Arc::clone(&listed));
        let visitor = run_to_end(visit(config, &market, &memories, due, known))?;
        let listed = listed.lock().unwrap_or_else(PoisonError::into_inner);
        findings.extend(visitor.into_iter().map(|visited| Finding::of(visited, &listed)));
        findings.sort_by(|a, b| a.id.cmp(&b.id));
        let mut out = io::stdout().lock();
        if self.json {
            writeln!(out, "{}", serde_json::to_string_pretty(&findings)?)?;
        } else {
            for finding in &findings {
                writeln!(out, "{}: {}", finding.id, finding.words)?;
                for title in &finding.titles {
                    writeln!(out, "  {title}")?;
                }
            }
        }
        let failed = findings.iter().filter(|finding| finding.outcome == "failed").count();
        if failed > 0 {
            bail!("{failed} of {} could not be read", count(findings.len(), "source", "sources"));
        }
        Ok(())
    }
}

/// Why a source is not to be bothered now, if so.
fn left_alone(memory: &Memory, now: Timestamp) -> Option<String> {
    let last = memory.last.as_ref()?;
    let Outcome::Failed(_) = last.outcome else {
        // What a new address deserves nobody knows: it has no date yet.
        let until = sooner(memory, last).min(memory.next_visit?);
        if until <= now {
            return None;
        }
        let at = last.at.strftime("%H:%M UTC");
        let until = until.strftime("%Y-%m-%d %H:%M UTC");
        return Some(format!(
            "not asked: a run read it at {at}, and it may be asked from {until} on"
        ));
    };
    let waiting = waiting(memory, Haste::AfterFailures, now)?;
    let until = waiting.until.strftime("%Y-%m-%d %H:%M UTC");
    Some(format!("not asked before {until}: {}", waiting.why))
}

/// What counts as known is not fetched: no further page, and of the articles only the first.
fn one_of_each(listed: Articles) -> Arc<Known> {
    Arc::new(move |source: &SourceId, key: &str| {
        let listed = listed.lock().unwrap_or_else(PoisonError::into_inner);
        let articles = listed.get(source).map(Vec::as_slice).unwrap_or_default();
        !articles.iter().take(ARTICLES).any(|article| article == key)
    })
}

async fn visit(
    config: &Config,
    market: &Market,
    memories: &app::Memories,
    due: Vec<Due>,
    known: Arc<Known>,
) -> anyhow::Result<Vec<Visited>> {
    let visitor = Arc::new(app::visitor(config, market, known, memories).await?);
    let (sender, mut visited) = mpsc::channel(HOSTS_AT_A_TIME);
    let guest = Arc::clone(&visitor);
    let round = tokio::spawn(async move {
        guest.visit_all(due, HOSTS_AT_A_TIME, sender).await;
    });
    let mut all = Vec::new();
    while let Some(one) = visited.recv().await {
        all.push(one);
    }
    round.await?;
    app::remember_hosts(config, &visitor);
    Ok(all)
}

impl Finding {
    fn untested(id: &SourceId, words: String) -> Self {
        Self {
            id: id.to_string(),
            outcome: "not_asked",
            words,
            posts: 0,
            listed: 0,
            newest: None,
            titles: Vec::new(),
            skipped: 0,
            repaired: Vec::new(),
            requests: 0,
        }
    }

    fn of(visited: Visited, listed: &HashMap<SourceId, Vec<String>>) -> Self {
        /// Titles shown of a source.
        const TITLES: usize = 3;
        let Visited { visit, posts, skipped, .. } = visited;
        let requests = visit.requests;
        let untested = Self::untested(&visit.source, String::new());
        let repaired = match visit.outcome {
            Outcome::Failed(failure) => {
                let words = format!("could not be read: {}", failure.sentence);
                return Self { outcome: "failed", words, requests, ..untested };
            }
            Outcome::Read { repairs, .. } => repairs,
            Outcome::Unchanged => Vec::new(),
        };
        let newest = posts.iter().filter_map(|said| said.published.or(said.updated)).max();
        let titles = posts.iter().rev().take(TITLES).map(|said| {
            let words = said.title.as_deref().unwrap_or(&said.text);
            words.split_whitespace().collect::<Vec<_>>().join(" ").chars().take(84).collect()
        });
        let listed = listed.get(&visit.source).map(Vec::len).unwrap_or_default();
        let mut words = vec![count(posts.len(), "post", "posts")];
        if listed > posts.len() {
            words.push(format!("of {listed} that are listed: a test fetches one"));
        }
        words.extend(newest.map(|newest| format!("the newest of {}", newest.strftime("%Y-%m-%d"))));
        if let Some(why) = commonest(&skipped) {
            words.push(format!("{} skipped ({why})", skipped.len()));
        }
        if !repaired.is_empty() {
            words.push(format!("repaired: {}", repaired.join(", ")));
        }
        let words = words.join(", ");
        Self {
            outcome: "read",
            words,
            posts: posts.len(),
            listed,
            newest,
            titles: titles.collect(),
            skipped: skipped.len(),
            repaired,
            requests,
            ..untested
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::visit::Visit;

    #[test]
    fn what_was_read_is_left_alone_for_as_long_as_it_asks_and_no_longer() {
        let at = |minutes: i64| Timestamp::from_second(1_800_000_000 + minutes * 60).unwrap();
        let (source, outcome) = ("a".parse().unwrap(), Outcome::Unchanged);
        let plain = Memory {
            last: Some(Visit { source, at: at(0), requests: 1, bytes: 0, outcome }),
            next_visit: Some(at(360)),
            ..Memory::default()
        };
        let fresh = Memory { fresh_for: Some(Duration::from_hours(2)), ..plain.clone() };
        let mut slow = plain.clone();
        slow.hints.interval = Some(Duration::from_hours(3));
        for (memory, minutes) in [(plain.clone(), 15), (fresh, 120), (slow, 180)] {
            let early = left_alone(&memory, at(minutes - 1)).unwrap();
            assert!(early.contains("not asked: a run read it at"), "{early}");
            assert_eq!(left_alone(&memory, at(minutes)), None);
        }
        let corrected = Memory { next_visit: None, ..plain };
        assert_eq!(left_alone(&corrected, at(1)), None);
    }
}
