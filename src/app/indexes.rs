//! The indexes: where they are, and how they are brought up to date.

use std::ops::ControlFlow;
use std::path::PathBuf;
use std::thread;
use std::time::{Duration, Instant};

use crate::config::Config;
use crate::pipeline::Event;
use crate::search::meaning::Meaning;
use crate::search::{self, Followed, Words, WordsError};
use crate::store::Store;

/// How long an erasing waits for another who writes to an index, and how often it looks.
const INDEXING: Duration = Duration::from_mins(2);
const LOOK: Duration = Duration::from_millis(100);

/// The folder of the index of words.
#[must_use]
pub fn words_folder(config: &Config) -> PathBuf {
    config.data.join("index/words")
}

/// Brings the index of words up to date with the store, until `go_on` says that it is enough.
///
/// # Errors
/// [`WordsError`].
pub fn bring_up_to_date(
    config: &Config,
    store: &dyn Store,
    watch: &dyn Fn(Event<'_>),
    go_on: &mut dyn FnMut(u64) -> ControlFlow<()>,
) -> Result<Followed, WordsError> {
    let folder = words_folder(config);
    let held = Words::open(&folder).map_or(0, |words| words.posts());
    let missing = store.counts()?.posts.saturating_sub(held);
    let mut has_begun = false;
    search::catch_up(&folder, store, &mut |posts| {
        if !std::mem::replace(&mut has_begun, true) {
            watch(Event::Indexing { posts: missing.max(posts) as usize });
        }
        watch(Event::Indexed { posts: posts as usize });
        go_on(posts)
    })
}

/// The folder of the index by meaning.
#[must_use]
pub fn meaning_folder(config: &Config) -> PathBuf {
    config.data.join("index").join("meaning")
}

/// Takes out of the indexes what was erased from the store, where there are any.
///
/// # Errors
/// What was erased may be found still: `overheard reindex` makes them anew.
pub fn erase_from_indexes(config: &Config, store: &dyn Store) -> anyhow::Result<()> {
    let meaning = meaning_folder(config);
    let of_meaning = if meaning.is_dir() {
        Meaning::open(&meaning).and_then(|mut held| held.catch_up(store, &mut |_| {})).map(|_| ())
    } else {
        Ok(())
    };
    let since = Instant::now();
    while words_folder(config).is_dir() {
        match bring_up_to_date(config, store, &|_| {}, &mut |_| ControlFlow::Continue(())) {
            // The service is at it: what it does not see is for us.
            Err(WordsError::Locked { .. }) if since.elapsed() < INDEXING => thread::sleep(LOOK),
            indexed => {
                indexed?;
                break;
            }
        }
    }
    Ok(of_meaning?)
}
