//! What a run did, for the terminal or for a machine.

use std::fmt::Write as _;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use serde::Serialize;

use crate::crawl::waiting::Waiting;
use crate::delivery::{Delivery, State};
use crate::pipeline::{NotVisited, Summary};
use crate::store::Counts;
use crate::text::count::count;
use crate::text::languages;
use crate::visit::{Outcome, Visit};

/// Failures told one by one; beyond that the terminal scrolls away what matters.
const FAILURES_SHOWN: usize = 12;

/// So many failures and no success say more of us than of the sites.
const ALL_IS_SUSPICIOUS: usize = 3;

/// For whom the summary is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    /// A person at a terminal.
    Words,
    /// A machine.
    Json,
}

impl Form {
    pub(super) fn of(json: bool) -> Self {
        if json { Self::Json } else { Self::Words }
    }
}

#[derive(Serialize)]
struct Everything<'a> {
    #[serde(flatten)]
    summary: &'a Summary,
    store: Counts,
}

/// Prints the summary on standard output.
pub(super) fn print(summary: &Summary, counts: Counts, form: Form) -> anyhow::Result<()> {
    let mut out = io::stdout().lock();
    match form {
        Form::Json => {
            let everything = Everything { summary, store: counts };
            writeln!(out, "{}", serde_json::to_string_pretty(&everything)?)?;
        }
        Form::Words => write!(out, "{}", words(summary, counts))?,
    }
    Ok(())
}

fn words(summary: &Summary, counts: Counts) -> String {
    let mut out = String::new();
    let failed: Vec<&Visit> =
        summary.visits.iter().filter(|visit| visit.outcome.failure().is_some()).collect();
    let unchanged =
        summary.visits.iter().filter(|visit| visit.outcome == Outcome::Unchanged).count();
    let read = summary.visits.len() - failed.len() - unchanged;
    line(
        &mut out,
        "Sources",
        &format!(
            "{read} read, {unchanged} unchanged, {} failed, {} not due",
            failed.len(),
            summary.not_due
        ),
    );
    for visit in failed.iter().take(FAILURES_SHOWN) {
        if let Some(failure) = visit.outcome.failure() {
            _ = writeln!(out, "             {}: {}", visit.source, failure.sentence);
        }
    }
    if failed.len() > FAILURES_SHOWN {
        let more = failed.len() - FAILURES_SHOWN;
        _ = writeln!(out, "             and {more} more: see `overheard status`");
    }
    if failed.len() == summary.visits.len() && failed.len() >= ALL_IS_SUSPICIOUS {
        _ = writeln!(out, "             Every single one failed: is this machine's network up?");
    }
    for NotVisited { source, waiting: Waiting { until, why } } in &summary.waiting {
        let until = until.strftime("%Y-%m-%d %H:%M UTC");
        _ = writeln!(out, "             {source}: not visited before {until}: {why}");
    }
    for visit in &summary.visits {
        if let Outcome::Read { skipped, why_skipped, repairs, .. } = &visit.outcome
            && (*skipped > 0 || !repairs.is_empty())
        {
            let why = why_skipped.as_ref().map(|why| format!(" ({why})")).unwrap_or_default();
            let skipped =
                if *skipped > 0 { format!("{skipped} skipped{why}; ") } else { String::new() };
            let repairs = if repairs.is_empty() {
                String::new()
            } else {
                format!("repaired: {}", repairs.join(", "))
            };
            _ = writeln!(
                out,
                "             {}: {}",
                visit.source,
                format!("{skipped}{repairs}").trim_end_matches("; ")
            );
        }
    }
    let kept = summary.kept;
    line(
        &mut out,
        "Posts",
        &format!(
            "{} new, {} changed, {} as before ({} kept in all)",
            kept.new, kept.updated, kept.same, counts.posts
        ),
    );
    if kept.refused > 0 {
        let posts = count(kept.refused, "post", "posts");
        line(
            &mut out,
            "Erased",
            &format!("{posts} read again and not kept: see `overheard erase`"),
        );
    }
    for damaged in &summary.damaged {
        line(&mut out, "Damaged", &damaged.to_string());
    }
    verdicts(summary, &mut out);
    for digest in &summary.digests {
        let state = if digest.fresh { "new" } else { "as it was made before; nothing new" };
        line(
            &mut out,
            "Digest",
            &format!(
                "{} for {}: {} from {} ({state})",
                digest.reader,
                digest.date,
                count(digest.points, "point", "points"),
                count(digest.stories, "story", "stories"),
            ),
        );
        for file in &digest.files {
            _ = writeln!(out, "             {}", absolute(file).display());
        }
    }
    for reader in &summary.quiet {
        line(&mut out, "Quiet", &format!("{reader} gets no digest today"));
    }
    deliveries(summary, &mut out);
    if kept.new == 0 && kept.updated == 0 && summary.digests.iter().all(|digest| !digest.fresh) {
        _ = writeln!(out, "Nothing new.");
    }
    out
}

/// What was sent, and what was not, with the reason.
fn deliveries(summary: &Summary, out: &mut String) {
    for delivery in &summary.deliveries {
        let Delivery { id, state, due, words, .. } = delivery;
        let words = words.as_deref().unwrap_or_default();
        let next = match state {
            State::Failed => format!("; tried again at {}", due.strftime("%H:%M UTC")),
            State::Dead | State::Uncertain => {
                format!("; not tried again by itself: `overheard deliveries resend {id}`, or drop")
            }
            _ => String::new(),
        };
        let what = if *state == State::Sent { "Sent" } else { "Not sent" };
        let state = if *state == State::Sent { "taken" } else { state.name() };
        line(out, what, &format!("{id}: {state} ({words}){next}"));
    }
}

/// What the posts were judged to be, and what was not.
fn verdicts(summary: &Summary, out: &mut String) {
    let mood = summary.sentiment;
    line(
        out,
        "Verdicts",
        &format!(
            "{} ({} positive, {} neutral, {} negative, {} mixed, {} unsure, {} unknown)",
            summary.verdicts,
            mood.positive,
            mood.neutral,
            mood.negative,
            mood.mixed,
            mood.unsure,
            mood.unknown,
        ),
    );
    if let Some(posts) = languages::posts_in(&summary.not_judged) {
        let words = format!("{posts}: kept and counted, for the encoder does not read it");
        line(out, "Not judged", &words);
    }
    if summary.no_sentiment && summary.verdicts > 0 {
        line(out, "Sentiment", "unknown: this encoder has no sentiment branch");
    }
}

fn line(out: &mut String, what: &str, words: &str) {
    _ = writeln!(out, "{what:<12} {words}");
}

/// The path as somebody can paste it into a browser.
fn absolute(file: &Path) -> PathBuf {
    file.canonicalize().unwrap_or_else(|_| file.to_owned())
}
