//! `overheard accounts`: the companies sellers look after.

use std::collections::HashSet;
use std::fs;
use std::io::{self, Read as _, Write as _};
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use clap::{Args, Subcommand};
use serde::Serialize;

use super::Common;
use super::sources::{Consent, Folder};
use crate::account::Account;
use crate::config::accounts::{self, Table};
use crate::config::folder::Change;
use crate::text::count::count;

/// Where imported accounts go.
const FILE: &str = "accounts.csv";

/// Rows told one by one; beyond that, --json has them all.
const SHOWN: usize = 20;

/// Take over the accounts of a CRM
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  overheard accounts import salesforce-report.csv
  overheard accounts import hubspot-companies.csv --yes --json

Accounts stand in accounts.csv in the folder of sources, or as [[account]] in its *.toml files. Both are
yours to edit; `overheard check` says what is wrong.")]
pub(super) struct Accounts {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Add the accounts of a table: a list of yours, or an export of Salesforce or HubSpot
    Import(Import),
}

/// Add the accounts of a table: a list of yours, or an export of Salesforce or HubSpot
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  overheard accounts import report.csv
  overheard accounts import - --yes < companies.csv

Columns are known by their names, whatever their case: name (Account Name, Company name), aliases, domain
(Website, Company Domain Name), owner (Account Owner, Company owner), competitors, about (Description),
not, Ticker Symbol, Twitter Handle; others are passed over. UTF-8, UTF-16 or Latin-1; commas, semicolons
or tabs. Rows of one domain are one account; rows that cannot be taken are left out and named. What is
there already stays as it is. `overheard sources undo` takes an import back.")]
struct Import {
    /// The file; - for standard input
    from: PathBuf,
    /// Do not ask
    #[arg(long)]
    yes: bool,
    /// Print what was found and done as JSON
    #[arg(long)]
    json: bool,
}

#[derive(Serialize)]
struct Answer<'a> {
    added: Vec<&'a str>,
    there: usize,
    cleaned: Vec<String>,
    left_out: Vec<String>,
    written_to: Option<String>,
}

impl Accounts {
    pub(super) fn run(self, common: &Common) -> anyhow::Result<()> {
        match self.command {
            Command::Import(import) => import.run(common),
        }
    }
}

impl Import {
    fn run(self, common: &Common) -> anyhow::Result<()> {
        let config = common.config()?;
        // Readers may name accounts that are yet to come.
        let folder = Folder::read_in_part(&config.sources)?;
        let Table { accounts: read, notes, doubts, problems } = accounts::read(&self.bytes()?);
        let said = |lines: Vec<(usize, String)>| -> Vec<String> {
            lines.into_iter().map(|(line, what)| format!("line {line}: {what}")).collect()
        };
        let (mut cleaned, left_out) = (said(notes), said(problems));
        cleaned.extend(said(doubts).iter().map(|line| format!("{line}; taken without it")));
        let total = read.len();
        let fresh = fresh(&folder.market.accounts, read);
        let there = total - fresh.len();
        let new = count(fresh.len(), "new account", "new accounts");
        if !self.json {
            let mut out = io::stdout().lock();
            writeln!(out, "{new}, {there} there already, {} left out", left_out.len())?;
            for (how, lines) in [("cleaned", &cleaned), ("left out", &left_out)] {
                for line in lines.iter().take(SHOWN) {
                    writeln!(out, "  {how}: {line}")?;
                }
                if lines.len() > SHOWN {
                    writeln!(out, "  and {} more {how}; --json has them all", lines.len() - SHOWN)?;
                }
            }
        }
        let shown = folder.shown(Path::new(FILE));
        let question = format!("Write {new} to {shown}?");
        let agreed = !fresh.is_empty() && Consent::of(self.yes).to(&question)?;
        if agreed {
            Folder::mend(&config.sources, |folder| Ok(change(folder, &fresh)?.into()))?;
        }
        let mut out = io::stdout().lock();
        if self.json {
            let answer = Answer {
                added: fresh.iter().map(|account| account.name.as_str()).collect(),
                there,
                cleaned,
                left_out,
                written_to: agreed.then_some(shown),
            };
            writeln!(out, "{}", serde_json::to_string_pretty(&answer)?)?;
        } else if agreed {
            writeln!(out, "{new} written to {shown}. `overheard sources undo` takes them back")?;
        }
        Ok(())
    }

    fn bytes(&self) -> anyhow::Result<Vec<u8>> {
        if self.from == Path::new("-") {
            let mut bytes = Vec::new();
            io::stdin().lock().read_to_end(&mut bytes).context("reading standard input")?;
            Ok(bytes)
        } else {
            fs::read(&self.from).with_context(|| format!("reading {}", self.from.display()))
        }
    }
}

/// The accounts that are not there yet, by name and by domain.
fn fresh(there: &[Account], read: Vec<(usize, Account)>) -> Vec<Account> {
    let names: HashSet<String> = there.iter().map(|known| known.name.to_lowercase()).collect();
    let domains: HashSet<&str> = there.iter().filter_map(|known| known.domain.as_deref()).collect();
    let is_there = |account: &Account| {
        let domain = account.domain.as_deref();
        names.contains(&account.name.to_lowercase())
            || domain.is_some_and(|domain| domains.contains(domain))
    };
    read.into_iter().map(|(_, account)| account).filter(|account| !is_there(account)).collect()
}

/// The change that writes accounts behind those of the folder's table.
fn change(folder: &Folder, fresh: &[Account]) -> anyhow::Result<Change> {
    let before = match fs::read_to_string(folder.path.join(FILE)) {
        Ok(text) => Some(text),
        Err(error) if error.kind() == io::ErrorKind::NotFound => None,
        Err(error) => {
            return Err(error).with_context(|| {
                format!("{} cannot be added to; save it as UTF-8", folder.shown(Path::new(FILE)))
            });
        }
    };
    let kept = before.as_deref().map(|text| accounts::read(text.as_bytes()).accounts);
    let kept: Vec<Account> =
        kept.unwrap_or_default().into_iter().map(|(_, account)| account).collect();
    let what = format!("added {}", count(fresh.len(), "account", "accounts"));
    let after = Some(accounts::write(kept.iter().chain(fresh)));
    Ok(Change { file: FILE.into(), before, after, what })
}
