//! `overheard demo`: the main job on the sample market.

use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

use anyhow::Context as _;
use clap::Args;
use jiff::{SignedDuration, Timestamp};

use super::progress::Progress;
use super::{Common, Usage, summary};
use crate::app::{self, App};
use crate::clock::FixedClock;
use crate::config::{Config, Market, duration};
use crate::crawl::addresses::Places;
use crate::pipeline::{Event, Summary, Written};
use crate::web::market::{Market as Server, sample};

/// What the sample market's clock goes on by between two runs, unless --later says more.
const BETWEEN_RUNS: SignedDuration = SignedDuration::from_mins(1);

/// The file that says that a folder of data is the demo's, and may be emptied by it.
const MARKER: &str = "sample-market";

/// The market's sources, topics, accounts and readers, with the files they stand in.
const FILES: [(&str, &str); 4] = [
    ("sources/demo/sources.toml", sample::SOURCES),
    ("sources/demo/topics.toml", sample::TOPICS),
    ("sources/demo/accounts.toml", sample::ACCOUNTS),
    ("sources/demo/readers.toml", sample::READERS),
];

/// Run the main job on the sample market, served on this machine
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  overheard demo                    then once more: it finds nothing new, and repeats nothing
  overheard demo --later 26h        the next morning: every source is asked whether it has changed
  overheard demo --fresh            from the beginning
  overheard demo --data /tmp/demo   with another folder than var/demo

The market is fictional; everything else is real: it is served on loopback, fetched over HTTP, read,
judged by the model, kept in a store, and told with its evidence. Its clock stands at the morning of
Friday, 20 November 2026, and goes on by a minute from run to run.")]
pub(super) struct Demo {
    /// Let the market's clock go on by this much first ("25h", "2d")
    #[arg(long, value_name = "TIME", value_parser = later)]
    later: Option<SignedDuration>,
    /// Forget earlier runs first
    #[arg(long)]
    fresh: bool,
    /// Print the summary as JSON
    #[arg(long)]
    json: bool,
}

impl Demo {
    pub(super) fn run(self, common: &Common) -> anyhow::Result<()> {
        let started = Instant::now();
        let config = config(common)?;
        claim_folder(&config.data)?;
        let data = config.data.clone();
        write_sources(&data)?;
        if self.fresh {
            forget(&config.data)?;
        }
        let market = market()?;
        let server = Server::start()?;
        let clock = Arc::new(FixedClock::at(self.now(&config, &market)?));
        let hosts = server.hosts().iter().map(String::as_str);
        let places = Places::all_at(hosts, server.address());
        let app = App::in_town(config, market, clock, &places)?;
        let progress = Progress::new();
        let watch = |event: Event<'_>| progress.show(&event);
        let ran = super::run_to_end(app.run(&watch))?;
        app.index(&watch);
        progress.end();
        server.close()?;
        let form = summary::Form::of(self.json);
        summary::print(&ran, app.store().counts()?, form)?;
        if form == summary::Form::Words {
            let mut out = io::stdout().lock();
            writeln!(out, "{:<12} {:.1} s", "Took", started.elapsed().as_secs_f32())?;
            say_how_to_look(&ran, &data, &mut out)?;
        }
        Ok(())
    }

    /// The market's time for this run: its morning, else a while after the last run.
    fn now(&self, config: &Config, market: &Market) -> anyhow::Result<Timestamp> {
        let store = app::open_store(config)?;
        let mut last = None;
        for listened in &market.sources {
            let memory = store.memory(&listened.source.id)?.unwrap_or_default();
            last = last.max(memory.last.map(|visit| visit.at));
        }
        let start = match last {
            Some(last) => last.checked_add(BETWEEN_RUNS)?,
            None => sample::MORNING.parse()?,
        };
        Ok(start.checked_add(self.later.unwrap_or_default())?)
    }
}

fn later(text: &str) -> Result<SignedDuration, String> {
    SignedDuration::try_from(duration(text)?).map_err(|error| error.to_string())
}

fn config(common: &Common) -> anyhow::Result<Config> {
    let mut config = common.config()?;
    if common.data.is_none() {
        config.data = PathBuf::from("var/demo");
    }
    // Every site is this machine: no need to spare it, nor to wait long for the one that hangs.
    config.fetch.feed_gap_ms = 0;
    config.fetch.page_gap_ms = 0;
    config.fetch.first_byte_timeout_ms = 2_000;
    Ok(config)
}

fn market() -> anyhow::Result<Market> {
    let texts = FILES.map(|(name, text)| (PathBuf::from(name), text.to_owned()));
    Ok(Market::parse(&texts)?)
}

/// Marks the folder as the demo's, and refuses one that holds somebody's real store.
fn claim_folder(data: &Path) -> anyhow::Result<()> {
    let marker = data.join(MARKER);
    if data.join("store").exists() && !marker.exists() {
        return Err(Usage(format!(
            "{} holds a store that is not the demo's: name another folder with --data",
            data.display()
        ))
        .into());
    }
    std::fs::create_dir_all(data).with_context(|| format!("making {}", data.display()))?;
    std::fs::write(&marker, "This folder belongs to `overheard demo`.\n")
        .with_context(|| format!("writing {}", marker.display()))
}

/// Lays the market's sources beside its store, so that other commands can be shown it.
fn write_sources(data: &Path) -> anyhow::Result<()> {
    let folder = data.join("sources");
    std::fs::create_dir_all(&folder).with_context(|| format!("making {}", folder.display()))?;
    for (name, text) in FILES {
        let file = folder.join(Path::new(name).file_name().unwrap_or_default());
        std::fs::write(&file, text).with_context(|| format!("writing {}", file.display()))?;
    }
    Ok(())
}

/// The commands that show what was kept, ready to be copied.
fn say_how_to_look(ran: &Summary, data: &Path, out: &mut impl io::Write) -> io::Result<()> {
    let folder = |path: &Path| {
        let path = path.display().to_string();
        if path.contains(' ') { format!("'{path}'") } else { path }
    };
    // As we were called: after `make demo` nobody has put us on the path yet.
    let called = std::env::args_os().next().unwrap_or_else(|| "overheard".into());
    let us = folder(Path::new(&called));
    let places = format!("--data {} --sources {}", folder(data), folder(&data.join("sources")));
    writeln!(out, "{:<12} {us} status {places}", "Look")?;
    writeln!(out, "{:<12} {us} search 'topic:data-egress' {places}", "")?;
    if let Some(Written { reader, date, .. }) = ran.digests.first() {
        writeln!(out, "{:<12} {us} digest --reader {reader} --date {date} {places}", "")?;
    }
    Ok(())
}

/// Deletes what earlier runs left in the folder, and nothing else that may lie there.
fn forget(data: &Path) -> anyhow::Result<()> {
    for folder in ["store", "digests", "index"] {
        match std::fs::remove_dir_all(data.join(folder)) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error.into()),
            _ => {}
        }
    }
    Ok(())
}
