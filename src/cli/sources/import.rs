//! `overheard sources import`.

use std::fs;
use std::io::{self, Read as _, Write as _};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use clap::{Args, ValueEnum};
use serde::Serialize;

use super::add::{remembered, voice};
use super::folder::{Consent, Folder, file_name};
use super::update::taken_in;
use crate::adapters::Skipped;
use crate::adapters::feed::opml::read_opml;
use crate::app;
use crate::config::differences::Differing;
use crate::config::lists::{List, Plan, Terms, plan};
use crate::config::{Config, csv};
use crate::source::{SourceId, Voice};
use crate::text::count::count;

/// New sources shown before they are written.
const NEW_SHOWN: usize = 10;

/// What was left out, told one by one; beyond that, --json has it all.
const SKIPPED_SHOWN: usize = 20;

/// Add the sources of an OPML or CSV file
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  overheard sources import feeds.opml                    what another reader exported
  overheard sources import sources.csv --yes             a spreadsheet, or what `export` wrote
  overheard sources import feeds.opml --voice press --tag germany --file germany.toml
  curl … | overheard sources import - --yes

Nothing is fetched: the next run reads what is new, and what was read before only when it is due.
Folders of OPML become tags. An address that is there already, or twice in the file, is taken once;
http or https and a slash at the end make no other address of it. What a table says otherwise of a
source that is there is named, and written into its entry with --update.
The columns of CSV: url, and id, kind, voice, owner, tags, language, every, paused, title, and the
settings of other kinds by their name. A broken file gives what is whole in it.")]
pub(super) struct Import {
    /// The file; - for standard input
    from: PathBuf,
    /// What it is [default: by what it holds]
    #[arg(long, value_enum)]
    format: Option<Format>,
    /// The voice of those that do not say theirs
    #[arg(long, value_name = "VOICE", default_value = "blog", value_parser = voice)]
    voice: Voice,
    /// A tag for all of them; may be given more than once
    #[arg(long, value_name = "TAG")]
    tag: Vec<String>,
    /// The file of the folder of sources they go into [default: named after the list]
    #[arg(long, value_name = "NAME", value_parser = file_name)]
    file: Option<String>,
    /// Where a table says otherwise of a source that is there, take the table's words
    #[arg(long)]
    update: bool,
    /// Do not ask
    #[arg(long)]
    yes: bool,
    /// Print what was found and done as JSON
    #[arg(long)]
    json: bool,
}

/// The formats of lists.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Format {
    /// What feed readers exchange
    Opml,
    /// What spreadsheets read and write
    Csv,
}

#[derive(Serialize)]
struct Answer<'a> {
    added: Vec<&'a str>,
    merged: usize,
    there: &'a [SourceId],
    differing: Vec<Differs<'a>>,
    updated: bool,
    renamed: &'a [String],
    skipped: &'a [Skipped],
    repaired: &'a [String],
    written_to: Option<String>,
}

/// A source that is there, of which the list says otherwise.
#[derive(Serialize)]
struct Differs<'a> {
    id: &'a SourceId,
    keys: Vec<&'a str>,
}

impl<'a> Differs<'a> {
    fn of(differing: &'a Differing) -> Self {
        let keys = differing.changes.iter().map(|(key, _)| key.as_str()).collect();
        Self { id: &differing.id, keys }
    }
}

impl Import {
    pub(super) fn run(self, config: &Config) -> anyhow::Result<()> {
        let folder = Folder::read_or_begin(&config.sources)?;
        let list = self.list()?;
        let repairs = list.repairs.clone();
        let memories = app::memories(config)?;
        let remembered = remembered(&memories);
        let terms = Terms { voice: self.voice, tags: &self.tag, remembered: &remembered };
        let plan = plan(list, &folder.market, terms);
        let file = self.file.clone().unwrap_or_else(|| self.default_file());
        let shown = folder.shown(Path::new(&file));
        let new = count(plan.entries.len(), "new source", "new sources");
        if !self.json {
            self.say(&plan, &repairs, &new)?;
        }
        let updates = if self.update { plan.differing.as_slice() } else { &[] };
        let question = if updates.is_empty() {
            format!("Write {new} to {shown}?")
        } else {
            let entries = count(updates.len(), "entry", "entries");
            format!("Write {new} to {shown}, and change {entries} to what the list says?")
        };
        let is_something = !plan.entries.is_empty() || !updates.is_empty();
        let agreed = is_something && Consent::of(self.yes).to(&question)?;
        if agreed {
            Folder::change(&config.sources, |folder| {
                Ok((taken_in(folder, &file, &plan.entries, updates)?, ()))
            })?;
        }
        let written = agreed && !plan.entries.is_empty();
        let mut out = io::stdout().lock();
        if self.json {
            let answer = Answer {
                added: plan.entries.iter().map(|entry| entry.id.as_str()).collect(),
                merged: plan.merged,
                there: &plan.there,
                differing: plan.differing.iter().map(Differs::of).collect(),
                updated: agreed && !updates.is_empty(),
                renamed: &plan.renamed,
                skipped: &plan.skipped,
                repaired: &repairs,
                written_to: written.then_some(shown),
            };
            writeln!(out, "{}", serde_json::to_string_pretty(&answer)?)?;
        } else if agreed {
            let changed = count(updates.len(), "entry", "entries");
            let done = match (written, updates.is_empty()) {
                (true, true) => format!("{new} written to {shown}"),
                (true, false) => format!("{new} written to {shown}, {changed} changed"),
                (false, _) => format!("{changed} changed"),
            };
            writeln!(out, "{done}; nothing was fetched. `overheard sources undo` takes it back")?;
        }
        if plan.entries.is_empty() && plan.there.is_empty() {
            bail!(
                "{}: nothing in it could be taken in: a list is OPML, or CSV with a column of addresses (url, xmlUrl, feed…)",
                self.name()
            );
        }
        Ok(())
    }

    /// Says what would be taken in, and what not.
    fn say(&self, plan: &Plan, repairs: &[String], new: &str) -> io::Result<()> {
        let mut out = io::stdout().lock();
        writeln!(
            out,
            "{new}, {} there already, {} merged with another of the same address (http or https and a slash at the end apart), {} left out",
            plan.there.len(),
            plan.merged,
            plan.skipped.len()
        )?;
        for entry in plan.entries.iter().take(NEW_SHOWN) {
            writeln!(out, "  new: {}  {}", entry.id, entry.address().unwrap_or(&entry.kind))?;
        }
        if plan.entries.len() > NEW_SHOWN {
            writeln!(out, "  and {} more", plan.entries.len() - NEW_SHOWN)?;
        }
        for why in plan.renamed.iter().take(SKIPPED_SHOWN) {
            writeln!(out, "  {why}")?;
        }
        for Differs { id, keys } in plan.differing.iter().take(SKIPPED_SHOWN).map(Differs::of) {
            writeln!(out, "  {id}: the list has other {}", keys.join(", "))?;
        }
        if !plan.differing.is_empty() && !self.update {
            let differ = count(plan.differing.len(), "source differs", "sources differ");
            writeln!(
                out,
                "{differ} from the list and stay as they are; --update takes the list's words"
            )?;
        }
        if !repairs.is_empty() {
            writeln!(out, "The file is not as it should be; overlooked: {}", repairs.join(", "))?;
        }
        for Skipped { place, why } in plan.skipped.iter().take(SKIPPED_SHOWN) {
            writeln!(out, "  left out: {place}: {why}")?;
        }
        if plan.skipped.len() > SKIPPED_SHOWN {
            writeln!(
                out,
                "  and {} more; --json has them all",
                plan.skipped.len() - SKIPPED_SHOWN
            )?;
        }
        Ok(())
    }

    fn list(&self) -> anyhow::Result<List> {
        let bytes = if self.from == Path::new("-") {
            let mut bytes = Vec::new();
            io::stdin().lock().read_to_end(&mut bytes).context("reading standard input")?;
            bytes
        } else {
            fs::read(&self.from).with_context(|| format!("reading {}", self.from.display()))?
        };
        if bytes.iter().all(u8::is_ascii_whitespace) {
            bail!("{} is empty", self.name());
        }
        if bytes.split(|byte| *byte == b'\n').any(|line| line.trim_ascii() == b"[[source]]") {
            bail!(
                "{} is TOML, as our own lists are: put it into the folder of sources as it is",
                self.name()
            );
        }
        let format = self.format.unwrap_or_else(|| Format::of(&bytes));
        Ok(match format {
            Format::Opml => read_opml(&bytes)
                .with_context(|| format!("reading {}", self.from.display()))?
                .into(),
            Format::Csv => csv::read(&bytes),
        })
    }

    /// What messages call the list.
    fn name(&self) -> String {
        if self.from == Path::new("-") {
            "standard input".to_owned()
        } else {
            self.from.display().to_string()
        }
    }

    fn default_file(&self) -> String {
        let stem = self.from.file_stem().unwrap_or_default().to_string_lossy().to_lowercase();
        let fits = |c: char| if c.is_alphanumeric() { c } else { '-' };
        let name: String = stem.chars().map(fits).collect();
        let name = name.trim_matches('-');
        format!("{}.toml", if name.is_empty() { "imported" } else { name })
    }
}

impl Format {
    /// Markup is OPML, whatever stands before it; anything else is a table.
    fn of(bytes: &[u8]) -> Self {
        let beginning = bytes.iter().filter(|byte| byte.is_ascii_graphic()).take(1);
        if beginning.eq(b"<")
            || bytes.windows(5).take(4_096).any(|part| part.eq_ignore_ascii_case(b"<opml"))
        {
            Self::Opml
        } else {
            Self::Csv
        }
    }
}
