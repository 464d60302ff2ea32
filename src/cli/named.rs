//! What somebody names on the command line, held against what there is: a slip is pointed at, and not taken
//! for something of which there is nothing.

use jiff::civil::Date;

use super::{Usage, topics};
use crate::config::{Config, Market, nearest};
use crate::source::SourceId;
use crate::store::Store;

/// Problems of the marketer's files told where a command goes on without what they are of.
const TOLD: usize = 5;

/// The market as far as it can be read: what is wrong in its files takes nothing away but itself. Whether
/// anything is wrong.
pub(super) fn market_in_part(config: &Config) -> (Market, bool) {
    let (market, problems) = Market::read_in_part(&config.sources);
    for problem in problems.iter().take(TOLD) {
        eprintln!("warning: {problem}");
    }
    if !problems.is_empty() {
        let more = match problems.len().saturating_sub(TOLD) {
            0 => String::new(),
            more => format!("{more} more of the kind; "),
        };
        eprintln!(
            "warning: {more}going on without what is wrong there; `overheard check` tells all of it"
        );
    }
    (market, !problems.is_empty())
}

/// A day.
pub(super) fn date(text: &str) -> Result<Date, String> {
    text.parse().map_err(|_| format!("{text:?} is no date: write it as 2026-11-20"))
}

/// Refuses a source that is neither listened to nor has posts here.
pub(super) fn check_source(
    store: &dyn Store,
    market: &Market,
    id: &SourceId,
) -> anyhow::Result<()> {
    if market.source(id).is_some() || !store.newest(id, 1)?.is_empty() {
        return Ok(());
    }
    let memories = store.memories()?;
    if memories.iter().any(|(known, _)| known == id) {
        return Ok(());
    }
    let listened = market.sources.iter().map(|listened| listened.source.id.as_str());
    let known = listened.chain(memories.iter().map(|(id, _)| id.as_str()));
    let hint = nearest(id.as_str(), known).map_or_else(
        || "; `overheard sources list` lists them".to_owned(),
        |meant| format!("; did you mean {meant}?"),
    );
    Err(Usage(format!("there is no source {id}, and no post of one is kept{hint}")).into())
}

/// The topic or signal somebody names, as its name is written.
pub(super) fn topic(market: &Market, name: &str) -> anyhow::Result<String> {
    topics::named(market, name).map(str::to_owned)
}
