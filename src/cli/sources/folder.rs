//! The marketer's folder, as the commands change it: nothing is written that could not be read again.

use std::io::{self, IsTerminal as _, Write as _};
use std::path::{Path, PathBuf};

use anyhow::Context as _;

use crate::cli::Usage;
use crate::config::entry::{Entry, appended};
use crate::config::folder::{self, Change, Held, Last, NotChanged};
use crate::config::{Market, Problems, nearest};
use crate::source::SourceId;

/// Where sources go when nobody says where.
pub(super) const ADDED: &str = "added.toml";

/// What a file that a command begins says at its top.
const HEADER: &str = "# Sources added by `overheard sources`. Yours to edit: how a [[source]] is written is explained in\n\
                      # README.md, and `overheard check` says what is wrong.\n";

/// Whether somebody still has to agree.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::cli) enum Consent {
    /// They are asked.
    Ask,
    /// They said `--yes`.
    Given,
}

impl Consent {
    pub(in crate::cli) fn of(yes: bool) -> Self {
        if yes { Self::Given } else { Self::Ask }
    }

    /// Whether they agree. The question goes to standard error, so that a table can be piped.
    pub(in crate::cli) fn to(self, question: &str) -> anyhow::Result<bool> {
        if self == Self::Given {
            return Ok(true);
        }
        eprint!("{question} [y/N] ");
        io::stderr().flush()?;
        let mut answer = String::new();
        if io::stdin().read_line(&mut answer)? == 0 {
            eprintln!();
            let why = "nothing was written: answer y on standard input, or give --yes";
            return Err(Usage(why.to_owned()).into());
        }
        if !io::stdin().is_terminal() {
            eprintln!();
        }
        let yes = matches!(answer.trim().to_lowercase().as_str(), "y" | "yes");
        if !yes {
            eprintln!("Nothing was written.");
        }
        Ok(yes)
    }
}

/// The folder, read.
pub(in crate::cli) struct Folder {
    pub(in crate::cli) path: PathBuf,
    pub(in crate::cli) files: Vec<(PathBuf, String)>,
    pub(in crate::cli) market: Market,
}

impl Folder {
    pub(in crate::cli) fn read(path: &Path) -> Result<Self, Problems> {
        Self::of(path, Market::files(path)?)
    }

    /// The folder, which is yet to be made where there is none: for commands that write the first file.
    pub(in crate::cli) fn read_or_begin(path: &Path) -> Result<Self, Problems> {
        if path.exists() { Self::read(path) } else { Self::of(path, Vec::new()) }
    }

    /// The same where what is written may be what is missing: what is wrong in it takes nothing away but itself.
    pub(in crate::cli) fn read_in_part(path: &Path) -> Result<Self, Problems> {
        let files = Market::files(path)?;
        Ok(Self { path: path.to_owned(), files, market: Market::read_in_part(path).0 })
    }

    fn of(path: &Path, files: Vec<(PathBuf, String)>) -> Result<Self, Problems> {
        let market = Market::parse(&files)?;
        Ok(Self { path: path.to_owned(), files, market })
    }

    /// The files that hold entries: tables of accounts and calendars lie beside them, and hold none.
    pub(super) fn of_entries(&self) -> impl Iterator<Item = &(PathBuf, String)> {
        self.files
            .iter()
            .filter(|(path, _)| path.extension().is_some_and(|ending| ending == "toml"))
    }

    /// Refuses an id there is none of.
    pub(super) fn check_id(&self, id: &SourceId) -> anyhow::Result<()> {
        check_id(&self.market, id)
    }

    /// The market as it would be with a file of the folder holding `text`.
    pub(super) fn with(&self, file: &Path, text: &str) -> Result<Market, Problems> {
        Market::parse(&with(self.files.clone(), self.path.join(file), Some(text)))
    }

    /// Makes a change to the folder as it is once nobody else changes it, if it can be read afterwards.
    pub(in crate::cli) fn change<T>(
        path: &Path,
        change: impl FnOnce(&Self) -> anyhow::Result<(Option<Last>, T)>,
    ) -> anyhow::Result<T> {
        let held = folder::hold(path)?;
        let (change, told) = change(&Self::read(path)?)?;
        if let Some(change) = change {
            checked(&held, path, &change)?;
        }
        Ok(told)
    }

    /// The same of a folder that the change may mend.
    pub(in crate::cli) fn mend(
        path: &Path,
        change: impl FnOnce(&Self) -> anyhow::Result<Last>,
    ) -> anyhow::Result<()> {
        let held = folder::hold(path)?;
        checked(&held, path, &change(&Self::read_in_part(path)?)?)
    }

    /// Takes back what was done last, and gives what that came to.
    pub(super) fn undo(path: &Path) -> anyhow::Result<Last> {
        if !path.exists() {
            return Err(NotChanged::Nothing(path.to_owned()).into());
        }
        let held = folder::hold(path)?;
        let back = held.back()?;
        checked(&held, path, &back)?;
        Ok(back)
    }

    /// The change that writes entries behind what a file of the folder holds.
    pub(super) fn adding(&self, file: &str, entries: &[Entry], what: String) -> Change {
        let path = self.path.join(file);
        let before = self.files.iter().find(|(known, _)| *known == path);
        let before = before.map(|(_, text)| text.clone());
        let after = appended(before.as_deref().unwrap_or(HEADER), entries);
        Change { file: file.into(), before, after: Some(after), what }
    }

    /// The name of a file of the folder, as it is shown.
    pub(in crate::cli) fn shown(&self, file: &Path) -> String {
        self.path.join(file).display().to_string()
    }
}

/// Makes a change in a folder that is held, if the folder can be read afterwards as it is now.
fn checked(held: &Held, path: &Path, last: &Last) -> anyhow::Result<()> {
    let mut files = Market::files(path)?;
    for Change { file, after, .. } in last.all() {
        files = with(files, path.join(file), after.as_deref());
    }
    Market::parse(&files).context("nothing was written, because it could not be read again")?;
    Ok(held.make(last)?)
}

/// These files with one of them holding `text`, or without it.
fn with(
    mut files: Vec<(PathBuf, String)>,
    file: PathBuf,
    text: Option<&str>,
) -> Vec<(PathBuf, String)> {
    files.retain(|(known, _)| *known != file);
    files.extend(text.map(|text| (file, text.to_owned())));
    files.sort();
    files
}

/// Refuses an id there is none of in a market, and says which was meant.
pub(in crate::cli) fn check_id(market: &Market, id: &SourceId) -> anyhow::Result<()> {
    if market.source(id).is_some() {
        return Ok(());
    }
    let known = market.sources.iter().map(|listened| listened.source.id.as_str());
    let hint = nearest(id.as_str(), known);
    let hint = hint.map(|meant| format!("; did you mean {meant}?")).unwrap_or_default();
    Err(Usage(format!("no source {id}{hint}")).into())
}

/// A name of a file in the folder, as somebody gave it.
pub(super) fn file_name(name: &str) -> Result<String, String> {
    let plain = Path::new(name).file_name().is_some_and(|own| own == name);
    let is_toml = Path::new(name).extension().is_some_and(|ending| ending == "toml");
    if plain && is_toml && !name.starts_with('.') {
        Ok(name.to_owned())
    } else {
        Err("name a file of the folder of sources, like mine.toml".to_owned())
    }
}
