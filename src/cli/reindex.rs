//! `overheard reindex`.

use std::io::{self, Write as _};
use std::ops::ControlFlow;

use clap::Args;

use super::Common;
use super::progress::Progress;
use crate::app;
use crate::pipeline::Event;
use crate::search;
use crate::search::meaning::Meaning;
use crate::text::count::count;

/// Build the indexes of words and of meaning anew from the store
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  overheard reindex               after `overheard search` or `verify` called the index damaged
  overheard reindex --json

Seldom needed: `run` and `search` bring the index up to date, and begin a damaged one anew. It is built
beside the one in force and takes its place when it is whole; stopped before, nothing has changed. The
index holds nothing that the store does not: deleting it loses time only.")]
pub(super) struct Reindex {
    /// Print it as JSON
    #[arg(long)]
    json: bool,
}

impl Reindex {
    pub(super) fn run(self, common: &Common) -> anyhow::Result<()> {
        let config = common.config()?;
        let store = app::open_kept_store(&config)?;
        let progress = Progress::new();
        progress.show(&Event::Indexing { posts: store.counts()?.posts as usize });
        let followed = search::rebuild(&app::words_folder(&config), &*store, &mut |posts| {
            progress.show(&Event::Indexed { posts: posts as usize });
            ControlFlow::Continue(())
        })?;
        let folder = app::meaning_folder(&config);
        match std::fs::remove_dir_all(&folder) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error.into()),
            _ => {}
        }
        progress.show(&Event::Indexing { posts: store.counts()?.posts as usize });
        Meaning::open(&folder)?
            .catch_up(&*store, &mut |posts| progress.show(&Event::Indexed { posts }))?;
        progress.end();
        let mut out = io::stdout().lock();
        if self.json {
            writeln!(out, "{}", serde_json::to_string_pretty(&followed)?)?;
        } else {
            writeln!(out, "{} can be found", count(followed.posts, "post", "posts"))?;
        }
        Ok(())
    }
}
