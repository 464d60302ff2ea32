//! What `overheard ask` and `overheard near` have in common: how far back they look, and the indexes they
//! look into.

use std::ops::ControlFlow;
use std::time::{Duration, Instant};

use jiff::{SignedDuration, Timestamp};

use super::Usage;
use super::progress::Progress;
use crate::app;
use crate::config::Config;
use crate::digest::Window;
use crate::pipeline::{Event, NotAsked};
use crate::search::Words;
use crate::search::meaning::Meaning;
use crate::store::Store;

/// Fewer posts are read in less than a second: no word about it.
const MANY_BEHIND: u64 = 2_000;

/// How long a question waits for posts that are not in the index of words: it finds by meaning what that
/// is without.
const PATIENCE: Duration = Duration::from_secs(2);

/// The index by meaning, with all that changed in the store since.
pub(super) fn caught_up(config: &Config, store: &dyn Store) -> anyhow::Result<Meaning> {
    let mut meaning = Meaning::open(&app::meaning_folder(config))?;
    let behind = store.counts()?.posts.saturating_sub(meaning.len() as u64);
    if behind < MANY_BEHIND {
        meaning.catch_up(store, &mut |_| {})?;
        return Ok(meaning);
    }
    let progress = Progress::new();
    progress.show(&Event::Indexing { posts: behind as usize });
    meaning.catch_up(store, &mut |changes| progress.show(&Event::Indexed { posts: changes }))?;
    progress.end();
    Ok(meaning)
}

/// The index of words, brought up to date as far as patience goes; none where it cannot be read: what is near
/// is found without it.
pub(super) fn words(config: &Config, store: &dyn Store) -> Option<Words> {
    let begun = Instant::now();
    let go_on = &mut |_| {
        if begun.elapsed() < PATIENCE { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
    };
    if let Err(error) = app::bring_up_to_date(config, store, &|_| {}, go_on) {
        tracing::debug!(%error, "the index of words may be behind");
    }
    let opened = Words::open(&app::words_folder(config));
    opened.inspect_err(|error| tracing::debug!(%error, "asked without the index of words")).ok()
}

/// What cannot be asked is the caller's to mend; what the encoder could not do is not.
pub(super) fn refused(error: NotAsked) -> anyhow::Error {
    match error {
        NotAsked::Encoder(error) => error.into(),
        error => Usage(error.to_string()).into(),
    }
}

/// The last so many days up to now.
pub(super) fn last_days(days: i32, now: Timestamp) -> Window {
    let length = SignedDuration::from_hours(24).saturating_mul(days);
    let from = now.saturating_sub(length).unwrap_or(Timestamp::MIN);
    // What was said this very second is in it.
    let until = now.saturating_add(SignedDuration::from_secs(1)).unwrap_or(Timestamp::MAX);
    Window { from, until }
}

/// A stretch of time as people write it, in days.
pub(super) fn days(text: &str) -> Result<i32, String> {
    let refused = || format!("{text:?} is no stretch of time; write it like 14d, 6w, 3m or 2y");
    let text = text.trim();
    let number = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let each = match text.get(number.len()..) {
        Some("d") => 1,
        Some("w") => 7,
        Some("m") => 31,
        Some("y") => 366,
        _ => return Err(refused()),
    };
    let number: i32 = number.parse().map_err(|_| refused())?;
    number.checked_mul(each).filter(|days| *days > 0).ok_or_else(refused)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stretches_of_time_are_read_as_people_write_them() {
        for (text, read) in [("30d", Ok(30)), ("6w", Ok(42)), ("3m", Ok(93)), (" 2y ", Ok(732))] {
            assert_eq!(days(text), read);
        }
        for text in ["", "30", "d", "-3d", "0d", "99999999y", "é", "3 hours", "1.5d"] {
            assert!(days(text).is_err_and(|error| error.contains("14d")), "{text}");
        }
    }
}
