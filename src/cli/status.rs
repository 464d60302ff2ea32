//! `overheard status`.

use std::collections::BTreeMap;
use std::io::{self, Write};

use clap::Args;
use jiff::{SignedDuration, Timestamp};
use serde::Serialize;

use super::deliveries;
use super::politeness::Politeness;
use super::sources::health::{self, SourceHealth};
use super::{Common, named, wrapped};
use crate::app;
use crate::app::upkeep::{Turn, Upkept};
use crate::clock::{Clock as _, SystemClock};
use crate::config::Market;
use crate::digest::Window;
use crate::post::PostId;
use crate::store::erase::{BackedUp, Erasings};
use crate::store::{Counts, Damaged, Store, StoreError};
use crate::text::count::count;
use crate::text::languages::posts_in;

/// How far back posts are counted by language: all that are kept may be a million.
const COUNTED_DAYS: i64 = 30;

/// Show what is kept, and how each source fares
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  overheard status
  overheard status --data var/demo --sources var/demo/sources
  overheard status --json

What would bring a source back: `overheard sources health`.")]
pub(super) struct Status {
    /// Print it as JSON
    #[arg(long)]
    json: bool,
}

#[derive(Serialize)]
struct Report {
    store: Counts,
    /// Months that cannot be relied on.
    damaged: Vec<Damaged>,
    erasings: Erasings,
    /// Backups that may hold what was erased since they were made.
    backups_to_renew: Vec<BackedUp>,
    /// Deliveries that are not tried again by themselves.
    dead_deliveries: usize,
    /// Readers who get no more digests, for they said so.
    unsubscribed: Vec<Unsubscribed>,
    languages: Vec<OfLanguage>,
    politeness: Politeness,
    upkeep: Upkept,
    sources: Vec<SourceHealth>,
}

/// A reader who gets no more digests.
#[derive(Serialize)]
struct Unsubscribed {
    reader: String,
    at: Timestamp,
}

/// Posts of the last days in a language.
#[derive(Serialize)]
struct OfLanguage {
    code: String,
    posts: u32,
    /// Of these, those that the encoder read. The others are kept and counted, and speak for nothing.
    judged: u32,
}

impl Status {
    pub(super) fn run(self, common: &Common) -> anyhow::Result<()> {
        let config = common.config()?;
        let (market, _) = named::market_in_part(&config);
        let store = app::open_kept_store(&config)?;
        let memories = store.memories()?.into_iter().collect();
        let now = SystemClock.now();
        let sources = health::of_all(&market, &memories, now);
        let politeness = Politeness::of(&store.hosts()?, now);
        let languages = languages(&*store, now)?;
        let erasings = store.erasings()?;
        let backups = store.backups()?.into_iter();
        let report = Report {
            store: store.counts()?,
            damaged: store.damaged()?,
            backups_to_renew: backups.filter(|backup| backup.is_before(&erasings)).collect(),
            erasings,
            dead_deliveries: deliveries::dead(&*store, now)?,
            unsubscribed: unsubscribed(&*store, &market)?,
            languages,
            politeness,
            upkeep: Upkept::read(&config),
            sources,
        };
        if self.json {
            writeln!(io::stdout().lock(), "{}", serde_json::to_string_pretty(&report)?)?;
            return Ok(());
        }
        let mut out = Vec::new();
        let Counts { posts, verdicts, sources, digests } = report.store;
        writeln!(
            out,
            "{}, {}, {} visited, {}",
            count(posts, "post", "posts"),
            count(verdicts, "verdict", "verdicts"),
            count(sources, "source", "sources"),
            count(digests, "digest", "digests")
        )?;
        for damaged in &report.damaged {
            writeln!(out, "Damaged: {damaged}")?;
        }
        print_erasings(&report, &mut out)?;
        if report.dead_deliveries > 0 {
            let dead = count(report.dead_deliveries, "digest was", "digests were");
            writeln!(out, "{dead} not sent, or may not have been: `overheard deliveries --dead`")?;
        }
        if !report.unsubscribed.is_empty() {
            let readers = report.unsubscribed.iter();
            let readers: Vec<String> = readers
                .map(|gone| format!("{} (since {})", gone.reader, gone.at.strftime("%Y-%m-%d")))
                .collect();
            let readers = readers.join(", ");
            writeln!(
                out,
                "No more digests, as they asked: {readers}; to take that back, `overheard deliveries addresses`"
            )?;
        }
        print_languages(&report.languages, &mut out)?;
        report.politeness.print(&mut out)?;
        print_upkeep(&report.upkeep, &mut out)?;
        writeln!(out, "Sources: {}", health::in_words(&report.sources))?;
        for source in &report.sources {
            health::print(source, now, &mut out)?;
        }
        Ok(wrapped::print(&String::from_utf8_lossy(&out))?)
    }
}

/// The readers there are who want no more digests.
fn unsubscribed(store: &dyn Store, market: &Market) -> Result<Vec<Unsubscribed>, StoreError> {
    let gone = store.unsubscribed()?.into_iter();
    let gone = gone.map(|(reader, at)| Unsubscribed { reader, at });
    Ok(gone.filter(|gone| market.reader(&gone.reader).is_some()).collect())
}

/// What was erased, and where it may lie still.
fn print_erasings(report: &Report, out: &mut impl Write) -> io::Result<()> {
    let Erasings { count: erasings, kept_out, unfinished, .. } = &report.erasings;
    if *erasings == 0 {
        return Ok(());
    }
    let erasings = count(*erasings, "erasing", "erasings");
    let posts = count(*kept_out, "post", "posts");
    writeln!(out, "{erasings}; {posts} read again since and not kept")?;
    if !unfinished.is_empty() {
        writeln!(
            out,
            "The last erasing is at work, or was cut short: the next `overheard run` finishes it"
        )?;
    }
    for BackedUp { folder, .. } in &report.backups_to_renew {
        writeln!(
            out,
            "The backup {folder} holds what was erased still: `overheard backup {folder}`"
        )?;
    }
    Ok(())
}

/// What was done last to keep the store up.
fn print_upkeep(upkept: &Upkept, out: &mut impl Write) -> io::Result<()> {
    let moment = |at: Timestamp| at.strftime("%Y-%m-%d %H:%M UTC").to_string();
    let mut say = |what: &str, turn: &Turn, since: String| {
        let Turn { at, good, words } = turn;
        let how = if *good { "" } else { "FAILED: " };
        writeln!(out, "{what} {}: {how}{words}{since}", moment(*at))
    };
    if let Some(turn) = &upkept.compaction {
        say("Compacted", turn, String::new())?;
    }
    if let Some(turn) = &upkept.backup {
        let since = match upkept.good_backup {
            _ if turn.good => String::new(),
            Some(at) => format!("; the last good one is of {}", moment(at)),
            None => "; there is no good one".to_owned(),
        };
        say("Backup", turn, since)?;
    }
    Ok(())
}

/// The posts said in the last days, by language, most first.
fn languages(store: &dyn Store, now: Timestamp) -> anyhow::Result<Vec<OfLanguage>> {
    let mut counts: BTreeMap<String, (u32, u32)> = BTreeMap::new();
    // A day at a time: a month of a large market does not fit the memory of a small server.
    for days in 0..=COUNTED_DAYS {
        let until = now.saturating_sub(SignedDuration::from_hours(24 * (days - 1)))?;
        let from = now.saturating_sub(SignedDuration::from_hours(24 * days))?;
        let posts = match store.said_in(Window { from, until }) {
            // It is named above.
            Err(StoreError::Damaged { month: Some(_), .. }) => continue,
            posts => posts?,
        };
        let ids: Vec<PostId> = posts.iter().map(|post| post.id).collect();
        for judged in store.judged_many(&ids)?.into_iter().flatten() {
            let (posts, read) = counts.entry(judged.verdict.language.code).or_default();
            *posts += 1;
            *read += u32::from(!judged.embedding.0.is_empty());
        }
    }
    let mut counts: Vec<OfLanguage> = counts
        .into_iter()
        .map(|(code, (posts, judged))| OfLanguage { code, posts, judged })
        .collect();
    counts.sort_by(|a, b| b.posts.cmp(&a.posts).then_with(|| a.code.cmp(&b.code)));
    Ok(counts)
}

/// "Last 30 days: 120 posts in English; not judged: 12 posts in German".
fn print_languages(languages: &[OfLanguage], out: &mut impl Write) -> io::Result<()> {
    let counted = |of: fn(&OfLanguage) -> u32| {
        let counts = languages.iter().map(|language| (language.code.clone(), of(language)));
        posts_in(&counts.filter(|(_, posts)| *posts > 0).collect())
    };
    let parts = [
        counted(|language| language.judged),
        counted(|language| language.posts - language.judged)
            .map(|posts| format!("not judged: {posts}")),
    ];
    let parts: Vec<String> = parts.into_iter().flatten().collect();
    if parts.is_empty() {
        return Ok(());
    }
    writeln!(out, "Last {COUNTED_DAYS} days: {}", parts.join("; "))
}
