//! `overheard sources add`: what is there, shown before it is written down.

use std::io::{self, Write};
use std::path::Path;
use std::sync::Arc;

use anyhow::{Context as _, anyhow};
use clap::Args;
use serde::Serialize;
use url::Url;

use super::folder::{ADDED, Consent, Folder, file_name};
use crate::adapters::report::{PostReport, Report};
use crate::adapters::{self, Listed};
use crate::app;
use crate::cli::{Usage, run_to_end};
use crate::config::entry::{Details, Entry, id_for};
use crate::config::lists::place_of;
use crate::config::{Config, Listened};
use crate::crawl::discover::{Discovered, discover};
use crate::crawl::skipped::commonest;
use crate::source::{Source, SourceId, Speaker, Voice};
use crate::text::count::count;
use crate::text::urls::canonical;

/// Posts shown before it is added.
const SHOWN: usize = 5;

/// Find what there is to listen to at an address, show it, and add it
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  overheard sources add https://blog.example/            a blog: its feed is found
  overheard sources add https://blog.example/feed.xml --voice press --tag cloud
  overheard sources add https://example.social/tags/databases
  overheard sources add 'https://hn.algolia.com/?q=egress+fees'
  overheard sources add https://blog.example/ --yes      without asking

Nothing is written before you have seen what would be read there and said yes. The entry goes behind
what its file holds; `overheard sources undo` takes it back.")]
pub(super) struct Add {
    /// A feed, a blog, a Mastodon tag or account, a search or story on Hacker News
    url: String,
    /// Its id [default: made of its title]
    #[arg(long, value_name = "ID")]
    id: Option<SourceId>,
    /// Who speaks there: press, vendor, blog, customer, analyst, expert… [default: blog, or social]
    #[arg(long, value_name = "VOICE", value_parser = voice)]
    voice: Option<Voice>,
    /// Who is behind it [default: its registrable domain]
    #[arg(long, value_name = "NAME")]
    owner: Option<String>,
    /// A tag; may be given more than once
    #[arg(long, value_name = "TAG")]
    tag: Vec<String>,
    /// The file of the folder of sources it goes into
    #[arg(long, value_name = "NAME", default_value = ADDED, value_parser = file_name)]
    file: String,
    /// Do not ask
    #[arg(long)]
    yes: bool,
    /// Print what was found and done as JSON
    #[arg(long)]
    json: bool,
}

#[derive(Serialize)]
struct Answer<'a> {
    id: &'a str,
    kind: &'a str,
    voice: &'a str,
    owner: &'a str,
    how: Option<&'a str>,
    others: Vec<&'a str>,
    #[serde(flatten)]
    report: Report,
    entry: String,
    written_to: Option<String>,
}

impl Add {
    pub(super) fn run(self, config: &Config) -> anyhow::Result<()> {
        let folder = Folder::read_or_begin(&config.sources)?;
        let url = address(&self.url)?;
        refuse_known(&folder, &url)?;
        let memories = app::memories(config)?;
        let found = run_to_end(async {
            let known = Arc::new(|_: &SourceId, _: &str| false);
            let visitor = app::visitor(config, &folder.market, known, &memories).await?;
            let found = discover(&visitor, &url).await;
            app::remember_hosts(config, &visitor);
            found.map_err(|none| anyhow!("{}", before_it_is_added(&none.to_string())))
        })?;
        let remembered: Vec<(String, SourceId)> = remembered(&memories);
        let entry = self.entry(&folder, &found, &remembered)?;
        let what = format!("added {}", entry.id);
        let change = folder.adding(&self.file, std::slice::from_ref(&entry), what);
        let after = change.after.as_deref().unwrap_or_default();
        let market = folder.with(&change.file, after)?;
        let source = market.source(&entry.id).context("what was added is not found again")?;
        if !self.json {
            preview(&found, source, &entry, &url, &mut io::stdout().lock())?;
        }
        let file = folder.shown(Path::new(&self.file));
        let agreed = Consent::of(self.yes).to(&format!("Add it to {file}?"))?;
        if agreed {
            Folder::change(&config.sources, |folder| {
                let what = change.what.clone();
                let change = folder.adding(&self.file, std::slice::from_ref(&entry), what);
                Ok((Some(change.into()), ()))
            })?;
        }
        let mut out = io::stdout().lock();
        if self.json {
            let answer = Answer {
                id: entry.id.as_str(),
                kind: source.kind,
                voice: source.voice.name(),
                owner: source.owner.shown(),
                how: found.how.as_deref(),
                others: found.others.iter().map(Url::as_str).collect(),
                report: Report::from(&found.page),
                entry: entry.toml(),
                written_to: agreed.then(|| file.clone()),
            };
            writeln!(out, "{}", serde_json::to_string_pretty(&answer)?)?;
        } else if agreed {
            writeln!(
                out,
                "added {} to {file}; the next run reads it, `overheard sources undo` takes it back",
                entry.id
            )?;
        }
        Ok(())
    }

    fn entry(
        &self,
        folder: &Folder,
        found: &Discovered,
        remembered: &[(String, SourceId)],
    ) -> anyhow::Result<Entry> {
        let kind = adapters::kind(found.kind).context("its kind is not known")?;
        let settings = found.options.iter().cloned().collect();
        let adapter = (kind.open)(settings)?;
        let start = adapter.start().url;
        refuse_known(folder, &start)?;
        // A feed that is moved about is the one that it leads to.
        if kind.name == "feed" {
            refuse_known(folder, &found.url)?;
        }
        let key = canonical(&start);
        // What is remembered under an id, posts and all, is of the address it was read at.
        let elsewhere =
            |id: &SourceId| remembered.iter().find(|(url, had)| had == id && *url != key);
        let is_unused = |id: &SourceId| folder.market.source(id).is_none();
        let is_free = |id: &SourceId| is_unused(id) && elsewhere(id).is_none();
        let title = found.page.about.title.clone();
        let title = title.map(|title| title.trim().to_owned()).filter(|title| !title.is_empty());
        let before = remembered.iter().find(|(url, _)| *url == key);
        let id = match &self.id {
            Some(id) if !is_unused(id) => {
                return Err(
                    Usage(format!("there is a source {id} already: choose another id")).into()
                );
            }
            Some(id) if let Some((url, _)) = elsewhere(id) => {
                return Err(Usage(format!(
                    "{id} was the id of {url}, whose posts are kept under it: choose another id"
                ))
                .into());
            }
            Some(id) => id.clone(),
            None => before
                .map(|(_, id)| id.clone())
                .filter(is_unused)
                .or_else(|| {
                    let host = start.host_str().unwrap_or_default();
                    id_for(title.as_deref().unwrap_or_default(), host, is_free)
                })
                .context("no id could be made of its title: give one with --id")?,
        };
        let voice = self.voice.or((kind.speaker == Speaker::Owner).then_some(Voice::Blog));
        let details = Details {
            owner: self.owner.clone(),
            voice: voice.map(|voice| voice.name().to_owned()),
            tags: self.tag.clone(),
            language: found.page.about.language.clone(),
            title,
            ..Details::default()
        };
        let (kind, options) = (found.kind.to_owned(), found.options.clone());
        Ok(Entry { id, kind, options, details })
    }
}

/// Addresses that were read before, and under which id. A memory that does not tell where its source
/// began is of the address that was read last.
pub(super) fn remembered(memories: &app::Memories) -> Vec<(String, SourceId)> {
    let mut all: Vec<(String, SourceId)> = memories
        .iter()
        .filter_map(|(id, memory)| {
            let start = memory.start.as_ref().map(|start| &start.url);
            let url = Url::parse(start.or(memory.url.as_ref())?).ok()?;
            Some((canonical(&url), id.clone()))
        })
        .collect();
    all.sort_unstable_by(|a, b| (&a.0, a.1.as_str()).cmp(&(&b.0, b.1.as_str())));
    all
}

pub(super) fn voice(name: &str) -> Result<Voice, String> {
    let found = Voice::ALL.into_iter().find(|voice| voice.name() == name);
    found.ok_or_else(|| format!("there are {}", Voice::ALL.map(Voice::name).join(", ")))
}

fn address(text: &str) -> Result<Url, Usage> {
    let full = if text.contains("://") { text.to_owned() } else { format!("https://{text}") };
    let url = Url::parse(&full)
        .ok()
        .filter(|url| matches!(url.scheme(), "http" | "https") && url.has_host());
    url.ok_or_else(|| Usage(format!("{text:?} is no web address, like https://blog.example/")))
}

fn refuse_known(folder: &Folder, url: &Url) -> anyhow::Result<()> {
    let place = place_of(url);
    let at = |listened: &&Listened| place_of(&listened.adapter.start().url) == place;
    match folder.market.sources.iter().find(at) {
        Some(known) if known.source.paused => Err(Usage(format!(
            "it is there already, as {0}, and paused: `overheard sources resume {0}`",
            known.source.id
        ))
        .into()),
        Some(known) => Err(Usage(format!("it is there already, as {}", known.source.id)).into()),
        None => Ok(()),
    }
}

/// What is said of a source that failed, for an address that is none yet: such a sentence says what
/// happened, then, behind a colon, what to do.
fn before_it_is_added(sentence: &str) -> String {
    /// Advice on something that we listen to.
    const OF_SOURCES: [&str; 4] =
        ["we try again", "the source is retired", "the feed's new address", "remove the source"];
    let about = sentence.rsplit_once(": ");
    match about.filter(|(_, advice)| OF_SOURCES.iter().any(|words| advice.contains(words))) {
        Some((what, _)) => {
            let what = what.replace(" any more (404)", " (404)");
            format!("{what}: look whether the address is right; nothing was added")
        }
        None => format!("{sentence}; nothing was added"),
    }
}

fn preview(
    found: &Discovered,
    source: &Source,
    entry: &Entry,
    url: &Url,
    out: &mut impl Write,
) -> anyhow::Result<()> {
    let report = Report::from(&found.page);
    if let Some(how) = &found.how {
        writeln!(out, "{how}")?;
    }
    let title = entry.details.title.as_deref().unwrap_or("(no title)");
    let articles = found.page.follow.len();
    let read = if report.posts.is_empty() && articles > 0 {
        count(articles, "article listed", "articles listed")
    } else {
        count(report.posts.len(), "post", "posts")
    };
    let why = commonest(&report.skipped).map(|why| format!(" ({why})")).unwrap_or_default();
    writeln!(out, "{title}: {read}, {} skipped{why}", report.skipped.len())?;
    for line in report.posts.iter().take(SHOWN).map(line) {
        writeln!(out, "  {line}")?;
    }
    if report.posts.is_empty() {
        for follow in found.page.follow.iter().take(SHOWN) {
            let listed = follow.listed.as_ref().map(Listed::said);
            let title = listed.and_then(|said| said.title.as_deref());
            writeln!(out, "  {} {}", title.unwrap_or(""), follow.request.url)?;
        }
    }
    let listed = if report.posts.is_empty() { articles } else { report.posts.len() };
    if listed > SHOWN {
        writeln!(out, "  and {} more", listed - SHOWN)?;
    }
    if !report.repaired.is_empty() {
        writeln!(out, "  repaired: {}", report.repaired.join(", "))?;
    }
    if found.kind == "page" {
        let way = format!("`overheard inspect {url} --suggest` proposes selectors");
        writeln!(out, "  its posts are guessed; where that goes wrong, {way}")?;
    }
    for other in &found.others {
        writeln!(out, "  also there: {other}")?;
    }
    writeln!(out, "It counts as {} ({}).\n\n{}", source.owner, source.voice, entry.toml())?;
    Ok(())
}

fn line(post: &PostReport) -> String {
    let date = post.published.or(post.updated);
    let date =
        date.map_or_else(|| "no date   ".to_owned(), |at| at.strftime("%Y-%m-%d").to_string());
    let words = post.title.as_deref().unwrap_or(&post.text);
    let words: String = words.split_whitespace().collect::<Vec<_>>().join(" ");
    format!("{date}  {}", words.chars().take(84).collect::<String>())
}
