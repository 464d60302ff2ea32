//! One table of a file, read key by key: every mistake in it is found in one go, at its own line.

use std::collections::HashMap;

use toml::de::{DeTable, DeValue};
use toml::{Spanned, Table, Value};

use super::nearest::hint;
use super::problem::{Problem, Script};

/// The keys of a table that nobody has taken yet, and what was wrong with those that were.
pub(super) struct Fields<'a> {
    script: Script<'a>,
    /// What messages call the table: `ada`, `topic “Cost”`.
    name: String,
    /// Its first line.
    line: usize,
    lines: HashMap<String, usize>,
    left: Table,
    known: Vec<&'static str>,
    /// Keys that have to be there and are not, each with what to write.
    missing: Vec<(String, String)>,
    problems: Vec<(usize, String)>,
}

impl<'a> Fields<'a> {
    /// The keys of `table`, which messages call by its `label` key, else by `otherwise`.
    pub(super) fn of(
        script: Script<'a>,
        table: &Spanned<DeTable<'_>>,
        label: &str,
        called: impl Fn(Option<&str>) -> String,
    ) -> Self {
        let entries = || table.get_ref().iter();
        let lines = entries()
            .map(|(key, _)| (key.get_ref().to_string(), script.line(key.span().start)))
            .collect();
        let left: Table = entries()
            .map(|(key, value)| (key.get_ref().to_string(), plain(value.get_ref())))
            .collect();
        let name = called(left.get(label).and_then(Value::as_str).map(str::trim));
        let line = script.line(table.span().start);
        let (known, missing, problems) = (Vec::new(), Vec::new(), Vec::new());
        Self { script, name, line, lines, left, known, missing, problems }
    }

    /// What messages call the table.
    pub(super) fn name(&self) -> &str {
        &self.name
    }

    /// The line of a key, of the table where it has none.
    pub(super) fn line(&self, key: &str) -> usize {
        self.lines.get(key).copied().unwrap_or(self.line)
    }

    /// Whether there is such a key.
    pub(super) fn has(&self, key: &str) -> bool {
        self.lines.contains_key(key)
    }

    /// Takes a text.
    pub(super) fn text(&mut self, key: &'static str) -> Option<String> {
        match self.take(key)? {
            Value::String(text) if !text.trim().is_empty() => Some(text.trim().to_owned()),
            Value::String(_) => {
                self.wrong(key, "is empty; write something, or leave the key out");
                None
            }
            other => {
                self.wrong(key, &format!("{other} is no text; put it in quotes"));
                None
            }
        }
    }

    /// Takes a text that has to be there; `remedy` says what to write where it is not.
    pub(super) fn needed(&mut self, key: &'static str, remedy: &str) -> Option<String> {
        if !self.has(key) {
            self.missing(key, remedy);
        }
        self.text(key)
    }

    /// Takes a list of texts; none where it is absent.
    pub(super) fn texts(&mut self, key: &'static str) -> Vec<String> {
        match self.take(key) {
            None => Vec::new(),
            Some(Value::Array(all)) if all.iter().all(Value::is_str) => {
                all.iter().filter_map(Value::as_str).map(str::to_owned).collect()
            }
            Some(Value::String(text)) => {
                self.wrong(key, &format!("is a list; write {key} = [{text:?}]"));
                Vec::new()
            }
            Some(_) => {
                self.wrong(key, &format!("is a list of texts; write {key} = [\"one\", \"two\"]"));
                Vec::new()
            }
        }
    }

    /// Takes a true or false; false where it is absent.
    pub(super) fn yes(&mut self, key: &'static str) -> bool {
        match self.take(key) {
            None => false,
            Some(Value::Boolean(yes)) => yes,
            Some(other) => {
                self.wrong(key, &format!("{other} is neither true nor false"));
                false
            }
        }
    }

    /// Takes one of some words.
    pub(super) fn one_of<T: Copy>(
        &mut self,
        key: &'static str,
        words: &[(&'static str, T)],
    ) -> Option<T> {
        let text = self.text(key)?;
        let found = words.iter().find(|(word, _)| *word == text);
        if found.is_none() {
            let names: Vec<&str> = words.iter().map(|(word, _)| *word).collect();
            let hint = hint(&text, names.iter().copied());
            let hint = if hint.is_empty() {
                format!("; it is one of {}", names.join(", "))
            } else {
                format!("{hint} It is one of {}", names.join(", "))
            };
            self.wrong(key, &format!("there is no {text:?}{hint}"));
        }
        found.map(|(_, value)| *value)
    }

    /// Takes a list of tables; none where it is absent.
    pub(super) fn tables(&mut self, key: &'static str) -> Vec<Table> {
        match self.take(key) {
            None => Vec::new(),
            Some(Value::Array(all)) if all.iter().all(Value::is_table) => {
                all.into_iter().filter_map(|one| one.as_table().cloned()).collect()
            }
            Some(_) => {
                self.wrong(key, &format!("is a list of tables; write {key} = [{{ … }}]"));
                Vec::new()
            }
        }
    }

    /// Takes everything that is left.
    pub(super) fn rest(&mut self) -> Table {
        std::mem::take(&mut self.left)
    }

    /// A table within this one: its keys are reported at the line of `key`.
    pub(super) fn within(&self, key: &str, table: Table, name: String) -> Fields<'a> {
        Fields {
            script: self.script,
            name,
            line: self.line(key),
            lines: table.keys().map(|inner| (inner.clone(), self.line(key))).collect(),
            left: table,
            known: Vec::new(),
            missing: Vec::new(),
            problems: Vec::new(),
        }
    }

    /// A key that has to be there and is not. Nothing is said of it where another was meant to be it.
    pub(super) fn missing(&mut self, key: &str, remedy: &str) {
        self.missing.push((key.to_owned(), remedy.to_owned()));
    }

    /// Something is wrong with the value of a key.
    pub(super) fn wrong(&mut self, key: &str, what: &str) {
        self.problems.push((self.line(key), format!("{}: {key}: {what}", self.name)));
    }

    /// Something is wrong, in a whole sentence of somebody else's.
    pub(super) fn fault(&mut self, key: &str, sentence: String) {
        self.problems.push((self.line(key), sentence));
    }

    /// Reports a key nobody knows, and says which was meant, if one was.
    pub(super) fn unknown(&mut self, key: &str, also: &[&'static str]) {
        let known: Vec<&str> = self.known.iter().chain(also).copied().collect();
        let meant = super::nearest::nearest(key, known.iter().copied()).map(str::to_owned);
        let hint = match &meant {
            Some(meant) => format!("did you mean `{meant}`?"),
            None => format!("there are {}", known.join(", ")),
        };
        self.problems.push((self.line(key), format!("{}: no key `{key}`; {hint}", self.name)));
        if let Some(meant) = meant {
            self.missing.retain(|(missing, _)| *missing != meant);
            // It is there, as far as anybody else who asks is concerned.
            let line = self.line;
            self.lines.entry(meant).or_insert(line);
        }
    }

    /// Everything that was wrong, keys that nobody took included.
    pub(super) fn finish(mut self) -> Vec<Problem> {
        let left: Vec<String> = self.left.keys().cloned().collect();
        for key in left {
            self.unknown(&key, &[]);
        }
        for (key, remedy) in std::mem::take(&mut self.missing) {
            self.problems.push((self.line, format!("{}: no {key}; {remedy}", self.name)));
        }
        self.problems.sort_by_key(|(line, _)| *line);
        let script = self.script;
        self.problems.into_iter().map(|(line, what)| script.problem(Some(line), what)).collect()
    }

    fn take(&mut self, key: &'static str) -> Option<Value> {
        self.known.push(key);
        self.left.remove(key)
    }
}

/// A value without its place.
pub(super) fn plain(value: &DeValue<'_>) -> Value {
    match value {
        DeValue::String(text) => Value::String(text.to_string()),
        DeValue::Integer(number) => i64::from_str_radix(number.as_str(), number.radix())
            .map_or_else(|_| Value::String(number.to_string()), Value::Integer),
        DeValue::Float(number) => {
            number.as_str().parse().map_or_else(|_| Value::String(number.to_string()), Value::Float)
        }
        DeValue::Boolean(yes) => Value::Boolean(*yes),
        DeValue::Datetime(when) => Value::Datetime(*when),
        DeValue::Array(all) => Value::Array(all.iter().map(|one| plain(one.get_ref())).collect()),
        DeValue::Table(table) => Value::Table(
            table
                .iter()
                .map(|(key, value)| (key.get_ref().to_string(), plain(value.get_ref())))
                .collect(),
        ),
    }
}
