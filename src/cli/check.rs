//! `overheard check`.

use std::collections::BTreeMap;
use std::fs;
use std::io::{self, Write as _};

use clap::Args;
use serde::Serialize;

use super::{Common, Usage, causes};
use crate::app;
use crate::calendar;
use crate::channel::MAIL;
use crate::config::lists::place_of;
use crate::config::{Config, Market};
use crate::deliver::mail;
use crate::deliver::webhook::Reach;
use crate::reader::{Calendar, Reader};
use crate::text::count::count;
use crate::topic::{Topic, TopicKind};

/// Events of a calendar that are named, and topics.
const DOUBTS: usize = 5;

/// Check the settings and everything in the folder of sources
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  overheard check
  overheard check --sources sources/demo
  overheard check --json

Nothing is fetched. Every problem is named with its file and line; exit status 2 if there is one. The
encoder's files are held against each other, too.")]
pub(super) struct Check {
    /// Print what is there as JSON
    #[arg(long)]
    json: bool,
}

#[derive(Serialize)]
struct Report {
    sources: usize,
    paused: usize,
    owners: usize,
    kinds: BTreeMap<&'static str, usize>,
    voices: BTreeMap<&'static str, usize>,
    topics: usize,
    signals: usize,
    /// Topics that have a description and no words of their own: posts that name them in other words are missed.
    described_alone: Vec<String>,
    ruleset: String,
    accounts: usize,
    readers: usize,
    channels: usize,
    /// What a sending would stumble over as it stands, with the reason.
    unready: Vec<String>,
    /// Sources that lead to one address, by their ids.
    same_address: Vec<Vec<String>>,
}

impl Check {
    pub(super) fn run(self, common: &Common) -> anyhow::Result<()> {
        let config = common.config()?;
        let report = report(&config, &Market::read(&config.sources)?);
        app::check_encoder(&config).map_err(|error| Usage(causes(&error)))?;
        let mut out = io::stdout().lock();
        if self.json {
            writeln!(out, "{}", serde_json::to_string_pretty(&report)?)?;
            return Ok(());
        }
        let listed = |counts: &BTreeMap<&str, usize>| {
            let counts: Vec<_> = counts.iter().map(|(name, n)| format!("{n} {name}")).collect();
            counts.join(", ")
        };
        writeln!(out, "{} is in order", config.sources.display())?;
        writeln!(
            out,
            "  {} ({} paused) of {}",
            count(report.sources, "source", "sources"),
            report.paused,
            count(report.owners, "owner", "owners")
        )?;
        writeln!(out, "    kinds: {}", listed(&report.kinds))?;
        writeln!(out, "    voices: {}", listed(&report.voices))?;
        writeln!(
            out,
            "  {} and {} (ruleset {})",
            count(report.topics, "topic", "topics"),
            count(report.signals, "signal", "signals"),
            report.ruleset
        )?;
        writeln!(
            out,
            "  {}, {}",
            count(report.accounts, "account", "accounts"),
            count(report.readers, "reader", "readers")
        )?;
        if report.channels > 0 {
            writeln!(out, "  {}", count(report.channels, "channel", "channels"))?;
        }
        for fault in &report.unready {
            writeln!(out, "warning: {fault}")?;
        }
        for ids in &report.same_address {
            writeln!(out, "warning: {} are one address: remove all but one", ids.join(" and "))?;
        }
        if !report.described_alone.is_empty() {
            let told = report.described_alone.iter().take(DOUBTS).map(|name| format!("“{name}”"));
            let told: Vec<String> = told.collect();
            let more = report.described_alone.len() - told.len();
            let more = if more > 0 { format!(" and {more} more") } else { String::new() };
            writeln!(
                out,
                "hint: told by a description alone, which misses posts: {}{more}; give examples = [\"…\"] and \
                 any = [\"…\"], or `overheard teach`",
                told.join(", ")
            )?;
        }
        if report.sources == 0 {
            writeln!(
                out,
                "Nothing is listened to yet: add a [[source]] with id, kind, url and voice."
            )?;
        }
        if report.readers == 0 {
            writeln!(
                out,
                "No reader gets a digest yet: add a [[reader]] with id, name and time_zone."
            )?;
        }
        Ok(())
    }
}

/// The topics nobody gave an example of, or a word.
fn described_alone(topics: &[Topic]) -> Vec<String> {
    let is_bare = |topic: &&Topic| {
        topic.kind == TopicKind::Topic && topic.examples.is_empty() && topic.any.is_empty()
    };
    topics.iter().filter(is_bare).map(|topic| topic.name.clone()).collect()
}

/// What a first sending would stumble over, as far as it can be told without sending.
fn unready(config: &Config, market: &Market) -> Vec<String> {
    let mut faults = Vec::new();
    for channel in &market.channels {
        let reach = Reach::of(channel).and_then(|reach| reach.check(&config.fetch.allowed_hosts));
        if let Err(why) = reach {
            faults.push(format!("channel {}: {why}", channel.id));
        }
    }
    let wants_mail = |reader: &&Reader| reader.send.iter().any(|channel| channel == MAIL);
    if let Some(reader) = market.readers.iter().find(wants_mail)
        && !config.mail.is_there()
    {
        let reader = &reader.id;
        faults
            .push(format!("{reader} wants mail, and overheard.toml names no server under [mail]"));
    }
    if let (true, Err(why)) = (config.mail.is_there(), mail::can_sign_in(&config.mail)) {
        faults.push(format!("[mail]: {why}"));
    }
    if config.web.is_in_the_clear() && !market.readers.is_empty() {
        let why = "links that whoever has them may use go over the line in the clear; \
                   put a server with TLS in front and write https://";
        faults.push(format!("[web] base_url: {why}"));
    }
    for reader in &market.readers {
        if let Some(Calendar::File(file)) = &reader.calendar {
            let (id, shown) = (&reader.id, file.display());
            match fs::read(file) {
                Ok(bytes) => {
                    let doubts = calendar::doubts(&String::from_utf8_lossy(&bytes));
                    let left = doubts.len().saturating_sub(DOUBTS);
                    let told = doubts.into_iter().take(DOUBTS);
                    faults.extend(told.map(|doubt| format!("{id}: {shown}: {doubt}")));
                    if left > 0 {
                        faults.push(format!("{id}: {shown}: {left} more of these"));
                    }
                }
                Err(error) if error.kind() == io::ErrorKind::NotFound => {
                    faults.push(format!("{id}: there is no calendar {shown}: mend `calendar`"));
                }
                Err(error) => faults.push(format!("{id}: {shown} cannot be read ({error})")),
            }
        }
    }
    let mut mailed: BTreeMap<String, Vec<&str>> = BTreeMap::new();
    for reader in &market.readers {
        if let Some(email) = &reader.email {
            mailed.entry(email.trim().to_lowercase()).or_default().push(&reader.id);
        }
    }
    for (email, ids) in mailed.into_iter().filter(|(_, ids)| ids.len() > 1) {
        faults.push(format!("{} have one address, {email}", ids.join(" and ")));
    }
    faults
}

fn report(config: &Config, market: &Market) -> Report {
    let mut kinds = BTreeMap::new();
    let mut voices = BTreeMap::new();
    let mut owners = std::collections::BTreeSet::new();
    let mut places: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for listened in &market.sources {
        let place = place_of(&listened.adapter.start().url);
        places.entry(place).or_default().push(listened.source.id.to_string());
        *kinds.entry(listened.source.kind).or_default() += 1;
        *voices.entry(listened.source.voice.name()).or_default() += 1;
        owners.insert(&listened.source.owner);
    }
    let topics = &market.ruleset.topics;
    let signals = topics.iter().filter(|topic| topic.kind == TopicKind::Signal).count();
    Report {
        sources: market.sources.len(),
        paused: market.sources.iter().filter(|listened| listened.source.paused).count(),
        owners: owners.len(),
        kinds,
        voices,
        topics: topics.len() - signals,
        signals,
        described_alone: described_alone(&market.ruleset.topics),
        ruleset: market.ruleset.id.to_string(),
        accounts: market.accounts.len(),
        readers: market.readers.len(),
        channels: market.channels.len(),
        unready: unready(config, market),
        same_address: places.into_values().filter(|ids| ids.len() > 1).collect(),
    }
}
