//! The marketer's files as they are read: what was found so far, and everything wrong in them.

use std::collections::{HashMap, HashSet};
use std::ops::RangeInclusive;
use std::path::PathBuf;

use jiff::civil::Date;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::fields::Fields;
use super::market::{Listened, Market, is_holidays, is_table};
use super::nearest::{hint, nearest};
use super::owner::Groups;
use super::problem::{Problem, Problems, Script};
use super::{account, accounts, channel, owner, reader, source, topic};
use crate::account::Account;
use crate::calendar;
use crate::channel::Channel;
use crate::reader::Reader;
use crate::topic::{Ruleset, Topic};

/// What a file may hold, in the order it is read.
const TABLES: [&str; 6] = ["source", "owner", "topic", "account", "channel", "reader"];

/// The files as they are read: what was found so far, and where it stands.
#[derive(Default)]
pub(super) struct Reading {
    sources: Vec<Listened>,
    topics: Vec<Topic>,
    accounts: Vec<Account>,
    channels: Vec<Channel>,
    readers: Vec<Reader>,
    groups: Groups,
    /// Stretches of holidays, by the name of their file.
    holidays: HashMap<String, Vec<RangeInclusive<Date>>>,
    wishes: Vec<Wish>,
    /// Names already taken: ("source", id) → file:line.
    taken: HashMap<(&'static str, String), String>,
    /// Names that are defined, well or not: a broken topic is not also an unknown one.
    defined: HashMap<&'static str, HashSet<String>>,
    /// Tables whose names could not all be read.
    nameless: HashSet<&'static str>,
    problems: Vec<Problem>,
}

/// Whose accounts a reader looks after, too.
pub(super) const OWNER_OF_ACCOUNTS: &str = "owner of accounts";

/// Where a reader's digest goes.
pub(super) const CHANNEL: &str = "channel";

/// On which days a reader gets none, by the name of a file.
pub(super) const HOLIDAYS: &str = "file of holidays";

/// A name a reader gives, and where.
struct Wish {
    /// The reader's id.
    of: String,
    file: PathBuf,
    line: usize,
    reader: String,
    what: &'static str,
    name: String,
}

impl Reading {
    pub(super) fn after(problems: Vec<Problem>) -> Self {
        Self { problems, ..Self::default() }
    }

    pub(super) fn market(self, texts: &[(PathBuf, String)]) -> Result<Market, Problems> {
        let (market, problems) = self.market_in_part(texts);
        if problems.is_empty() { Ok(market) } else { Err(Problems(problems)) }
    }

    /// The market of what is whole, and what is not.
    pub(super) fn market_in_part(mut self, texts: &[(PathBuf, String)]) -> (Market, Vec<Problem>) {
        for (file, text) in texts {
            let script = Script { file, text, ends: &Script::ends(text) };
            if is_table(file) {
                self.accounts_table(script);
                continue;
            }
            if is_holidays(file) {
                self.holidays_of(script);
                continue;
            }
            match DeTable::parse(text) {
                Ok(content) => self.file(script, content.get_ref()),
                Err(error) => {
                    self.nameless.extend(TABLES);
                    self.problems.push(script.toml_problem(&error));
                }
            }
        }
        for account in &self.accounts {
            let owners = self.defined.entry(OWNER_OF_ACCOUNTS).or_default();
            owners.extend(account.owner.clone());
        }
        self.check_wishes();
        self.look_after_accounts();
        self.keep_holidays();
        self.groups.apply(&mut self.sources);
        // As they stand in the files: whoever mends them goes from top to bottom.
        self.problems.sort_by(|a, b| (&a.file, a.line).cmp(&(&b.file, b.line)));
        let ruleset = Ruleset::of(self.topics).with_accounts(&self.accounts);
        (
            Market::of(self.sources, ruleset, self.accounts, self.channels, self.readers),
            self.problems,
        )
    }

    fn file(&mut self, script: Script<'_>, content: &DeTable<'_>) {
        for (key, value) in content {
            let line = script.line(key.span().start);
            let Some(what) = TABLES.into_iter().find(|what| *what == key.get_ref().as_ref()) else {
                let hint = match nearest(key.get_ref(), TABLES) {
                    _ if key.get_ref() == "signal" => {
                        "a signal is a [[topic]] with kind = \"signal\"".to_owned()
                    }
                    Some(meant) => format!("did you mean [[{meant}]]?"),
                    None => format!("there are [[{}]]", TABLES.join("]], [[")),
                };
                // What it may have held is not known.
                self.nameless.extend(TABLES);
                let problem = format!("no table [[{}]]; {hint}", key.get_ref());
                self.problems.push(script.problem(Some(line), problem));
                continue;
            };
            let tables = match value.get_ref() {
                DeValue::Array(tables) => tables.iter().collect(),
                _ => vec![value],
            };
            for table in tables {
                match table.get_ref() {
                    DeValue::Table(inner) if !std::ptr::eq(table, value) => {
                        let table = Spanned::new(table.span(), inner.clone());
                        self.table(what, script, &table);
                    }
                    _ => {
                        self.nameless.insert(what);
                        let problem = format!("write [[{what}]], in two pairs of brackets");
                        self.problems.push(script.problem(Some(line), problem));
                    }
                }
            }
        }
    }

    /// Accounts that stand in a table beside the files.
    fn accounts_table(&mut self, script: Script<'_>) {
        let table = accounts::parse(script.text);
        if !table.problems.is_empty() {
            // A row that is broken may hold the name that a reader means.
            self.nameless.extend(["account", OWNER_OF_ACCOUNTS]);
        }
        for (line, what) in table.problems.into_iter().chain(table.doubts) {
            self.problems.push(script.problem(Some(line), what));
        }
        for (line, account) in table.accounts {
            self.defined.entry("account").or_default().insert(account.name.clone());
            let place = format!("{}:{line}", script.file.display());
            if self.take("account", &account.name, script, line, place) {
                self.accounts.push(account);
            }
        }
    }

    /// The days of a calendar of holidays.
    fn holidays_of(&mut self, script: Script<'_>) {
        let name = script.file.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let days = calendar::whole_days(script.text);
        if days.is_empty() {
            let what = if calendar::is_calendar(script.text) {
                "has no whole day: holidays are events without an hour"
            } else {
                "is no calendar: save it as iCalendar (.ics), which begins with BEGIN:VCALENDAR"
            };
            self.problems.push(script.problem(None, what.to_owned()));
        }
        self.defined.entry(HOLIDAYS).or_default().insert(name.clone());
        self.holidays.insert(name, days);
    }

    fn table(&mut self, what: &'static str, script: Script<'_>, table: &Spanned<DeTable<'_>>) {
        let label = if matches!(what, "source" | "channel" | "reader") { "id" } else { "name" };
        let mut fields = Fields::of(script, table, label, |name| called(what, name));
        match table.get_ref().get(label).and_then(|name| name.get_ref().as_str()) {
            Some(name) => _ = self.defined.entry(what).or_default().insert(name.to_owned()),
            None => _ = self.nameless.insert(what),
        }
        let line = fields.line(label);
        let place = format!("{}:{line}", script.file.display());
        match what {
            "source" => {
                let found = source::parse(&mut fields);
                let Some(found) = self.whole(fields, found) else { return };
                if self.take(what, found.source.id.as_str(), script, line, place) {
                    self.sources.push(found);
                }
            }
            "topic" => {
                let found = topic::topic(&mut fields);
                let Some(found) = self.whole(fields, found) else { return };
                if self.take(what, &found.name, script, line, place) {
                    self.topics.push(found);
                }
            }
            "account" => {
                let found = account::parse(&mut fields);
                let Some(found) = self.whole(fields, found) else { return };
                if self.take(what, &found.name, script, line, place) {
                    self.accounts.push(found);
                }
            }
            "channel" => {
                let found = channel::parse(&mut fields, script.file);
                let Some(found) = self.whole(fields, found) else { return };
                if self.take(what, &found.id, script, line, place) {
                    self.channels.push(found);
                }
            }
            "owner" => {
                let found = owner::parse(&mut fields);
                let Some(found) = self.whole(fields, found) else { return };
                if self.take(what, &found.name, script, line, place)
                    && let Some((domain, other)) = self.groups.take(found)
                {
                    let problem =
                        format!("{domain} is a domain of “{other}” already: name it once");
                    self.problems.push(script.problem(Some(line), problem));
                }
            }
            _ => {
                let (found, wishes) = reader::parse(&mut fields, script.file);
                let of = found.as_ref().map(|reader| reader.id.clone()).unwrap_or_default();
                for (what, key, names) in wishes {
                    self.wishes.extend(names.into_iter().map(|name| Wish {
                        of: of.clone(),
                        file: script.file.to_owned(),
                        line: fields.line(key),
                        reader: fields.name().to_owned(),
                        what,
                        name,
                    }));
                }
                let Some(found) = self.whole(fields, found) else { return };
                if self.take(what, &found.id, script, line, place) {
                    self.readers.push(found);
                }
            }
        }
    }

    /// What was found in a table, if nothing in it is wrong.
    fn whole<T>(&mut self, fields: Fields<'_>, found: Option<T>) -> Option<T> {
        let problems = fields.finish();
        let found = found.filter(|_| problems.is_empty());
        self.problems.extend(problems);
        found
    }

    /// Whether the name was free; a problem names both places if it was not.
    fn take(
        &mut self,
        what: &'static str,
        name: &str,
        script: Script<'_>,
        line: usize,
        place: String,
    ) -> bool {
        let key = (what, name.to_lowercase());
        if let Some(first) = self.taken.get(&key) {
            let message = format!("a second {what} {name:?}; the first is at {first}: rename one");
            self.problems.push(script.problem(Some(line), message));
            return false;
        }
        self.taken.insert(key, place);
        true
    }

    /// Gives readers the accounts of the owners they name.
    fn look_after_accounts(&mut self) {
        for reader in &mut self.readers {
            let wish = |wish: &&Wish| wish.what == OWNER_OF_ACCOUNTS && wish.of == reader.id;
            let owners: HashSet<&String> =
                self.wishes.iter().filter(wish).map(|wish| &wish.name).collect();
            if owners.is_empty() {
                continue;
            }
            let mut known: HashSet<String> = reader.accounts.iter().cloned().collect();
            let is_theirs = |owner: &String| owners.contains(owner);
            for account in
                self.accounts.iter().filter(|account| account.owner.as_ref().is_some_and(is_theirs))
            {
                if known.insert(account.name.clone()) {
                    reader.accounts.push(account.name.clone());
                }
            }
        }
    }

    /// Gives readers their holidays.
    fn keep_holidays(&mut self) {
        for reader in &mut self.readers {
            let theirs = self.wishes.iter().filter(|wish| wish.of == reader.id);
            for wish in theirs.filter(|wish| wish.what == HOLIDAYS) {
                reader
                    .rhythm
                    .quiet
                    .extend(self.holidays.get(&wish.name).into_iter().flatten().cloned());
            }
        }
    }

    /// Readers may name only what is defined. Where a name could not be read, it may be the one meant.
    fn check_wishes(&mut self) {
        for wish in &self.wishes {
            let Wish { file, line, reader, what, name, .. } = wish;
            let none = HashSet::new();
            let defined = self.defined.get(what).unwrap_or(&none);
            // An account that is broken may be the one whose owner is meant.
            let is_of_owner = *what == OWNER_OF_ACCOUNTS && !self.problems.is_empty();
            if defined.contains(name) || self.nameless.contains(what) || is_of_owner {
                continue;
            }
            let mut known: Vec<&str> = defined.iter().map(String::as_str).collect();
            known.sort_unstable();
            let hint = hint(name, known);
            let what = format!("{reader}: no {what} {name:?} is defined in this folder{hint}");
            self.problems.push(Problem { file: file.clone(), line: Some(*line), what });
        }
    }
}

/// What messages call a table.
fn called(what: &str, name: Option<&str>) -> String {
    match (what, name) {
        ("source", Some(id)) => id.to_owned(),
        ("reader" | "channel", Some(id)) => format!("{what} {id}"),
        (_, Some(name)) => format!("{what} “{name}”"),
        ("account" | "owner", None) => format!("an {what}"),
        (_, None) => format!("a {what}"),
    }
}
