//! `overheard sources pause`, `resume`, `remove` and `undo`.

use std::collections::HashSet;
use std::io::{self, Write as _};

use anyhow::anyhow;
use clap::Args;

use super::folder::Folder;
use crate::config::Config;
use crate::config::edit::{Edit, edited};
use crate::config::folder::{Change, Last};
use crate::source::SourceId;

/// Do not read a source for now
#[derive(Debug, Args)]
#[command(after_help = "Example:
  overheard sources pause daily-rack weekly-rack

Writes `paused = true` into its entry. What was heard there stays, and is told of as before.")]
pub(super) struct Pause {
    /// Which; may be more than one
    #[arg(required = true)]
    ids: Vec<SourceId>,
}

/// Read a paused source again
#[derive(Debug, Args)]
#[command(after_help = "Example:
  overheard sources resume daily-rack

It is read when it is due: no sooner than if it had not been paused.")]
pub(super) struct Resume {
    /// Which; may be more than one
    #[arg(required = true)]
    ids: Vec<SourceId>,
}

/// Remove a source's entry
#[derive(Debug, Args)]
#[command(after_help = "Example:
  overheard sources remove daily-rack
  overheard sources undo               brings it back, with all it had said

The comment right above the entry goes with it. What was heard there stays in the store, but digests
tell no more of it.")]
pub(super) struct Remove {
    /// Which; may be more than one
    #[arg(required = true)]
    ids: Vec<SourceId>,
}

/// Take back the last change that a command made
#[derive(Debug, Args)]
#[command(after_help = "Example:
  overheard sources undo
  overheard sources undo      once more: makes the change again

Takes back the last add, import, pause, resume or remove. What you wrote in the file since stays; where
you changed the very entry, nothing is written, and the entry is printed as it stood.")]
pub(super) struct Undo {}

impl Pause {
    pub(super) fn run(self, config: &Config) -> anyhow::Result<()> {
        change(config, &self.ids, Edit::Pause, "paused", "is paused already")
    }
}

impl Resume {
    pub(super) fn run(self, config: &Config) -> anyhow::Result<()> {
        change(config, &self.ids, Edit::Resume, "resumed", "is not paused")
    }
}

impl Remove {
    pub(super) fn run(self, config: &Config) -> anyhow::Result<()> {
        change(config, &self.ids, Edit::Remove, "removed", "is removed already")
    }
}

impl Undo {
    #[expect(clippy::unused_self, reason = "every command is run the same way")]
    pub(super) fn run(self, config: &Config) -> anyhow::Result<()> {
        let last = Folder::undo(&config.sources)?;
        let files: Vec<String> = last
            .all()
            .map(|change| {
                let file = config.sources.join(&change.file).display().to_string();
                match (&change.before, &change.after) {
                    (None, Some(_)) => format!("{file}, which is written anew"),
                    (Some(_), None) => format!("{file}, which is gone with it"),
                    _ => file,
                }
            })
            .collect();
        let (files, what) = (files.join(" and "), &last.change.what);
        let mut out = io::stdout().lock();
        if last.undone {
            writeln!(
                out,
                "undone in {files}: {what}; `overheard sources undo` again makes it again"
            )?;
        } else {
            writeln!(out, "made again in {files}: {what}; `overheard sources undo` takes it back")?;
        }
        Ok(())
    }
}

fn change(
    config: &Config,
    ids: &[SourceId],
    edit: Edit<'_>,
    done: &str,
    already: &str,
) -> anyhow::Result<()> {
    let said = Folder::change(&config.sources, |folder| {
        for id in ids {
            folder.check_id(id)?;
        }
        let (mut said, mut of_files, mut changed) = (Vec::new(), Vec::new(), Vec::new());
        let mut found = HashSet::new();
        for (path, text) in folder.of_entries() {
            let mut after = text.clone();
            for id in ids {
                let edited = edited(&after, id, edit);
                let edited = edited.map_err(|why| anyhow!("{}: {why}", path.display()))?;
                let Some(edited) = edited else { continue };
                if !found.insert(id) {
                    continue;
                }
                if edited == after {
                    said.push(format!("{id} {already}"));
                } else {
                    said.push(format!("{done} {id} in {}", path.display()));
                    changed.push(id.as_str());
                    after = edited;
                }
            }
            if after != *text {
                let file = path.strip_prefix(&folder.path).unwrap_or(path).to_owned();
                of_files.push(Change {
                    file,
                    before: Some(text.clone()),
                    after: Some(after),
                    what: String::new(),
                });
            }
        }
        if let Some(id) = ids.iter().find(|id| !found.contains(id)) {
            return Err(anyhow!("the entry of {id} was not found in its file: edit it by hand"));
        }
        if !changed.is_empty() {
            said.push("`overheard sources undo` takes it back".to_owned());
        }
        let what = format!("{done} {}", changed.join(", "));
        Ok((Last::of(of_files, &what), said))
    })?;
    writeln!(io::stdout().lock(), "{}", said.join("; "))?;
    Ok(())
}
