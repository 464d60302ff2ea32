//! `overheard sources pause`, `resume`, `remove` and `undo`.

use std::io::{self, Write as _};

use anyhow::anyhow;
use clap::Args;

use super::folder::Folder;
use crate::config::Config;
use crate::config::edit::{Edit, edited};
use crate::config::folder::Change;
use crate::source::SourceId;

/// Do not read a source for now
#[derive(Debug, Args)]
#[command(after_help = "Example:
  overheard sources pause daily-rack

Writes `paused = true` into its entry. What was heard there stays, and is told of as before.")]
pub(super) struct Pause {
    /// Which
    id: SourceId,
}

/// Read a paused source again
#[derive(Debug, Args)]
#[command(after_help = "Example:
  overheard sources resume daily-rack

It is read when it is due: no sooner than if it had not been paused.")]
pub(super) struct Resume {
    /// Which
    id: SourceId,
}

/// Remove a source's entry
#[derive(Debug, Args)]
#[command(after_help = "Example:
  overheard sources remove daily-rack
  overheard sources undo               brings it back, with all it had said

The comment right above the entry goes with it. What was heard there stays in the store, but digests
tell no more of it.")]
pub(super) struct Remove {
    /// Which
    id: SourceId,
}

/// Take back the last change that a command made
#[derive(Debug, Args)]
#[command(after_help = "Example:
  overheard sources undo
  overheard sources undo      once more: makes the change again

Takes back the last add, import, pause, resume or remove, unless its file has changed since.")]
pub(super) struct Undo {}

impl Pause {
    pub(super) fn run(self, config: &Config) -> anyhow::Result<()> {
        change(config, &self.id, Edit::Pause, "paused")
    }
}

impl Resume {
    pub(super) fn run(self, config: &Config) -> anyhow::Result<()> {
        change(config, &self.id, Edit::Resume, "resumed")
    }
}

impl Remove {
    pub(super) fn run(self, config: &Config) -> anyhow::Result<()> {
        change(config, &self.id, Edit::Remove, "removed")
    }
}

impl Undo {
    #[expect(clippy::unused_self, reason = "every command is run the same way")]
    pub(super) fn run(self, config: &Config) -> anyhow::Result<()> {
        let undone = Folder::undo(&config.sources)?;
        let file = config.sources.join(&undone.file);
        let mut out = io::stdout().lock();
        writeln!(out, "undone in {}: {}", file.display(), undone.what)?;
        Ok(())
    }
}

fn change(config: &Config, id: &SourceId, edit: Edit, done: &str) -> anyhow::Result<()> {
    let folder = Folder::read(&config.sources)?;
    folder.check_id(id)?;
    let mut out = io::stdout().lock();
    for (path, text) in &folder.files {
        let after = edited(text, id, edit).map_err(|why| anyhow!("{}: {why}", path.display()))?;
        let Some(after) = after else { continue };
        if after == *text {
            writeln!(out, "{id} is {done} already")?;
            return Ok(());
        }
        let file = path.strip_prefix(&folder.path).unwrap_or(path).to_owned();
        let what = format!("{done} {id}");
        let change = Change { file, before: Some(text.clone()), after: Some(after), what };
        folder.change(&change)?;
        let file = folder.shown(&change.file);
        writeln!(out, "{done} {id} in {file}; `overheard sources undo` takes it back")?;
        return Ok(());
    }
    Err(anyhow!("the entry of {id} was not found in its file: edit it by hand"))
}
