//! `overheard sources`: the list of places we listen to.

mod add;
mod change;
mod export;
mod folder;
pub(super) mod health;
mod import;
mod list;
mod probe;
mod update;

use clap::{Args, Subcommand};

use super::Common;
pub(super) use folder::{Consent, Folder, check_id};

/// List, add, pause, resume, remove, import, export and test sources; see how they fare
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  overheard sources list --tag cloud
  overheard sources add https://blog.example/
  overheard sources pause daily-rack
  overheard sources import feeds.opml --voice blog
  overheard sources export sources.csv
  overheard sources test daily-rack
  overheard sources health
  overheard sources undo

The sources stand in the *.toml files of the folder of sources, which stay yours to edit: a command
changes the entry it is about, and no other byte. A file is written whole or not at all.")]
pub(super) struct Sources {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// List the sources
    List(list::List),
    /// Find what there is to listen to at an address, show it, and add it
    Add(add::Add),
    /// Do not read a source for now
    Pause(change::Pause),
    /// Read a paused source again
    Resume(change::Resume),
    /// Remove a source's entry
    Remove(change::Remove),
    /// Take back the last change that a command made
    Undo(change::Undo),
    /// Say how each source fares, why, and what would bring it back
    Health(health::HealthOf),
    /// Add the sources of an OPML or CSV file
    Import(import::Import),
    /// Write the sources as OPML or CSV
    Export(export::Export),
    /// Visit a source once, politely, and keep nothing
    Test(probe::Test),
}

impl Sources {
    pub(super) fn run(self, common: &Common) -> anyhow::Result<()> {
        let config = common.config()?;
        match self.command {
            Command::List(list) => list.run(&config),
            Command::Add(add) => add.run(&config),
            Command::Pause(pause) => pause.run(&config),
            Command::Resume(resume) => resume.run(&config),
            Command::Remove(remove) => remove.run(&config),
            Command::Undo(undo) => undo.run(&config),
            Command::Health(health) => health.run(&config),
            Command::Import(import) => import.run(&config),
            Command::Export(export) => export.run(&config),
            Command::Test(test) => test.run(&config),
        }
    }
}
