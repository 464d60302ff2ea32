//! `overheard topics`: the list with what labels tell of each, and what other rules would change.

mod diff;
mod list;

use clap::{Args, Subcommand};

use super::{Common, Usage};
use crate::config::{Market, nearest};
use crate::label::measured::{ENOUGH, Interval, Measured};
use crate::text::count::count;

/// List topics and how good their verdicts are; what other rules would change
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  overheard topics list
  overheard topics diff new-topics.toml              what each topic would gain and lose
  overheard topics diff --days 7 new-topics.toml --json")]
pub(super) struct Topics {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// List topics and signals, with their labels, precision and recall
    List(list::List),
    /// Show what each topic gains and loses on the posts kept, by the rules of another file
    Diff(diff::Diff),
}

impl Topics {
    pub(super) fn run(self, common: &Common) -> anyhow::Result<()> {
        let config = common.config()?;
        match self.command {
            Command::List(list) => list.run(&config),
            Command::Diff(diff) => diff.run(&config),
        }
    }
}

/// The topic or signal somebody names, as its name is written; else a mistake in the call.
pub(super) fn named<'m>(market: &'m Market, name: &str) -> anyhow::Result<&'m str> {
    find(market, name).map_err(|why| Usage(why).into())
}

/// The topic or signal called `name`, whatever its case, or why there is none.
pub(super) fn find<'m>(market: &'m Market, name: &str) -> Result<&'m str, String> {
    let names = || market.ruleset.topics.iter().map(|topic| topic.name.as_str());
    let folded = name.trim().to_lowercase();
    if let Some(found) = names().find(|known| known.to_lowercase() == folded) {
        return Ok(found);
    }
    let meant = nearest(name, names()).map_or_else(
        || "`overheard topics list` lists them".to_owned(),
        |meant| format!("did you mean “{meant}”?"),
    );
    Err(format!("there is no topic or signal “{name}”; {meant}"))
}

/// "3 is, 2 is not; precision 0.90 (0.70–0.97), recall …".
pub(super) fn in_words(found: &Measured) -> String {
    let Measured { is, is_not, counted, .. } = *found;
    let labels = count(is + is_not, "label", "labels");
    let share = |name: &str, interval: Option<Interval>| {
        interval.map(|Interval { share, from, until }| {
            format!("{name} {share:.2} ({from:.2}–{until:.2})")
        })
    };
    match (share("precision", found.precision), share("recall", found.recall)) {
        (None, None) => {
            format!("{labels} ({is} is, {is_not} is not); {counted} of {ENOUGH} drawn by chance")
        }
        (precision, recall) => {
            let numbers: Vec<String> = precision.into_iter().chain(recall).collect();
            format!(
                "{labels} ({is} is, {is_not} is not); {}, from {counted} drawn",
                numbers.join(", ")
            )
        }
    }
}

/// "; readers' answers rank it × 1.20", where they do.
fn earned(weight: f64) -> String {
    let is_moved = (weight - 1.0).abs() >= 0.005;
    if is_moved { format!("; readers' answers rank it × {weight:.2}") } else { String::new() }
}
