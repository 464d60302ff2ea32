//! `overheard real-day`: the whole job on recorded real feeds, served on this machine.

use std::collections::{BTreeMap, HashSet};
use std::fmt::Write as _;
use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context as _, bail};
use clap::Args;
use jiff::Timestamp;

use super::progress::Progress;
use super::{Common, Usage, summary};
use crate::adapters::feed::read_feed;
use crate::app::App;
use crate::clock::{Clock as _, SystemClock};
use crate::config::{Config, Market};
use crate::crawl::addresses::Places;
use crate::visit::Outcome;
use crate::web::market::{Market as Server, Served};

/// The file that says that a folder of data is a recorded day's, and may be emptied.
const MARKER: &str = "recorded-day";

/// Endings of recorded feeds; what has another ending is something else.
const FEED_ENDINGS: [&str; 6] = ["xml", "rss", "atom", "rdf", "json", "feed"];

/// Serve recorded feeds on this machine and run the whole job on them
#[derive(Debug, Args)]
#[command(after_help = "Example:
  overheard real-day --recorded ../shared/data

Takes every feed in DIR/feeds/real_*, serves each as a site of its own on loopback, reads and judges
them all by the topics of sources/topics.toml, and writes the digest of the busiest week in them.
Always from the beginning, in var/real-day.")]
pub(super) struct RealDay {
    /// The folder of recorded material
    #[arg(long, value_name = "DIR")]
    recorded: PathBuf,
    /// Print the summary as JSON
    #[arg(long)]
    json: bool,
}

/// A recorded feed, and the site it is served as.
struct Recorded {
    id: String,
    host: String,
    file: PathBuf,
    bytes: Vec<u8>,
}

impl RealDay {
    pub(super) fn run(self, common: &Common) -> anyhow::Result<()> {
        let recorded = recorded(&self.recorded)?;
        let mut config = common.config()?;
        if common.data.is_none() {
            config.data = PathBuf::from("var/real-day");
        }
        config.fetch.feed_gap_ms = 0;
        if config.data.join("store").exists() && !config.data.join(MARKER).exists() {
            return Err(Usage(format!(
                "{} holds a store that is not a recorded day's: name another folder with --data",
                config.data.display()
            ))
            .into());
        }
        match fs::remove_dir_all(&config.data) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error.into()),
            _ => {}
        }
        fs::create_dir_all(&config.data)?;
        fs::write(config.data.join(MARKER), "This folder belongs to `overheard real-day`.\n")?;
        let market = market(&config, &recorded)?;
        let week_end = busiest_week(&recorded).context("no recorded feed holds a dated post")?;
        let server = Server::of(recorded.iter().map(served).collect())?;
        let hosts = server.hosts().iter().map(String::as_str);
        let places = Places::all_at(hosts, server.address());
        let app = App::in_town(config, market, Arc::new(SystemClock), &places)?;
        let progress = Progress::new();
        let ran = super::run_to_end(app.read_and_tell(week_end, &|event| progress.show(&event)))?;
        progress.end();
        server.close()?;
        let mut out = io::stdout().lock();
        if !self.json {
            for visit in &ran.visits {
                let file = recorded.iter().find(|feed| feed.id == visit.source.as_str());
                let file = file.map(|feed| feed.file.display().to_string()).unwrap_or_default();
                if let Outcome::Read { posts, skipped, .. } = &visit.outcome {
                    let noun = if *posts == 1 { "post " } else { "posts" };
                    writeln!(out, "{posts:>5} {noun} {skipped:>4} skipped  {file}")?;
                }
            }
            writeln!(out)?;
        }
        summary::print(&ran, app.store().counts()?, summary::Form::of(self.json))
    }
}

/// The feeds of `data/feeds/real_*`, each body once.
fn recorded(data: &Path) -> anyhow::Result<Vec<Recorded>> {
    let feeds = data.join("feeds");
    let mut files = Vec::new();
    let entries = fs::read_dir(&feeds).with_context(|| {
        format!("{} holds no folder of feeds; name it with --recorded", data.display())
    })?;
    for entry in entries {
        let entry = entry?;
        if entry.file_name().to_string_lossy().starts_with("real_") {
            collect(&entry.path(), &mut files)?;
        }
    }
    files.sort();
    let mut seen = HashSet::new();
    let mut recorded = Vec::new();
    for file in files {
        let bytes = fs::read(&file).with_context(|| format!("reading {}", file.display()))?;
        if seen.insert(bytes.clone()) {
            let id = format!("recorded-{:03}", recorded.len() + 1);
            let host = host_of(&bytes).unwrap_or_else(|| format!("{id}.example"));
            let file = file.strip_prefix(&feeds).map(Path::to_owned).unwrap_or(file);
            recorded.push(Recorded { id, host, file, bytes });
        }
    }
    if recorded.is_empty() {
        bail!("{} holds no recorded feeds (feeds/real_*)", data.display());
    }
    Ok(recorded)
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) -> anyhow::Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            collect(&path, files)?;
        } else if path
            .extension()
            .is_some_and(|ending| FEED_ENDINGS.iter().any(|feed| ending == *feed))
            && path.file_name().is_some_and(|name| name != "ORIGIN.json" && name != "package.json")
        {
            files.push(path);
        }
    }
    Ok(())
}

/// The host of the page a feed belongs to: whose feed it is.
fn host_of(bytes: &[u8]) -> Option<String> {
    let place = url::Url::parse("https://base.invalid/").ok()?;
    let link = read_feed(bytes, None, &place, None).ok()?.about.link?;
    let host = url::Url::parse(&link).ok()?.host_str()?.to_owned();
    (host != "base.invalid").then_some(host)
}

fn served(recorded: &Recorded) -> Served {
    Served {
        host: recorded.host.clone(),
        path: format!("/{}", recorded.id),
        content_type: match recorded.file.extension() {
            Some(ending) if ending == "json" => "application/feed+json".to_owned(),
            _ => "application/xml".to_owned(),
        },
        body: recorded.bytes.clone().into(),
    }
}

/// The recorded feeds as sources, with the topics that are shipped and one reader of everything.
fn market(config: &Config, recorded: &[Recorded]) -> anyhow::Result<Market> {
    let mut text = String::new();
    for Recorded { id, host, .. } in recorded {
        _ = writeln!(
            text,
            "[[source]]\nid = {id:?}\nkind = \"feed\"\nurl = \"http://{host}/{id}\"\nvoice = \"blog\"\n"
        );
    }
    text += "[[reader]]\nid = \"you\"\nname = \"you\"\ntime_zone = \"UTC\"\nat = \"07:00\"\n";
    // Beside the store, so that it can be asked and searched: --sources DATA/sources.
    let topics = config.sources.join("topics.toml");
    let kept = config.data.join("sources");
    fs::create_dir_all(&kept)?;
    fs::write(kept.join("recorded.toml"), &text)?;
    fs::copy(&topics, kept.join("topics.toml"))
        .with_context(|| format!("reading {}", topics.display()))?;
    let mut market = Market::parse(&[(PathBuf::from("the recorded feeds"), text)])?;
    market.ruleset = Market::read_topics(&topics)?;
    Ok(market)
}

/// The end of the seven days in which the most posts were said, as a day at midnight, UTC.
fn busiest_week(recorded: &[Recorded]) -> Option<Timestamp> {
    let place = url::Url::parse("https://base.invalid/").ok()?;
    let mut days: BTreeMap<i64, usize> = BTreeMap::new();
    let now = SystemClock.now();
    for feed in recorded {
        let Ok(page) = read_feed(&feed.bytes, None, &place, None) else { continue };
        for said in page.posts {
            if let Some(when) = said.published.or(said.updated).filter(|when| *when < now) {
                *days.entry(when.as_second().div_euclid(86_400)).or_default() += 1;
            }
        }
    }
    let week = |last: i64| days.range(last - 6..=last).map(|(_, count)| count).sum::<usize>();
    let last = days.keys().copied().max_by_key(|day| (week(*day), *day))?;
    let end = Timestamp::from_second((last + 1) * 86_400).ok()?;
    Some(end)
}
