//! The queue: which posts to label, each with the command that does it.

use std::io::{self, Write as _};

use jiff::Timestamp;

use crate::cli::posts;
use crate::config::Market;
use crate::pipeline::queue::{self, Asked};
use crate::store::Store;
use crate::text::count::count;

/// How the queue is asked for.
#[derive(Debug, Clone, Copy)]
pub(super) struct Form {
    /// By chance, to measure; else what teaches most.
    pub(super) random: bool,
    /// So many.
    pub(super) limit: usize,
    /// For a machine.
    pub(super) json: bool,
}

/// Prints the queue.
pub(super) fn run(
    store: &dyn Store,
    market: &Market,
    topic: Option<&str>,
    form: Form,
    now: Timestamp,
) -> anyhow::Result<()> {
    let labels = store.labels()?;
    let asked = match topic {
        Some(topic) if form.random => queue::drawn(store, &labels, topic, form.limit, now)?,
        topic => {
            let all = market.ruleset.topics.iter().map(|topic| topic.name.as_str());
            let topics = topic.map_or_else(|| all.collect(), |topic| vec![topic]);
            queue::nearest(store, &labels, &topics, form.limit)?
        }
    };
    let mut out = io::stdout().lock();
    if form.json {
        writeln!(out, "{}", serde_json::to_string_pretty(&asked)?)?;
        return Ok(());
    }
    if asked.is_empty() {
        writeln!(out, "Nothing to ask: no post that is not labelled yet lies near a threshold.")?;
        return Ok(());
    }
    for Asked { topic, post, title, verdict } in &asked {
        let sure = verdict.as_ref().map_or(0.0, |verdict| verdict.score);
        writeln!(out, "{topic}? {title}")?;
        if let Some(verdict) = verdict.as_ref().filter(|_| !form.random) {
            writeln!(out, "    score {sure:.2}: {}", verdict.why)?;
        }
        let topic = topic.replace('"', "\\\"");
        writeln!(
            out,
            "    overheard teach --post {} --topic \"{topic}\" --is    (or --is-not)",
            posts::short(*post)
        )?;
    }
    let posts = count(asked.len(), "post", "posts");
    if form.random {
        // What the verdict says is not shown: it would sway whoever labels.
        writeln!(
            out,
            "{posts} drawn by chance; label every one, also those that are hard to say."
        )?;
    } else {
        writeln!(
            out,
            "{posts}. They are chosen to teach, so that they say nothing of how good the rest is: \
             --random draws some that do."
        )?;
    }
    Ok(())
}
