//! The operator's file, laid over the defaults key by key: every mistake is found in one go.

use toml::de::{DeTable, DeValue};
use toml::{Table, Value};

use super::Config;
use super::fields::plain;
use super::nearest::hint;
use super::problem::{Problem, Problems, Script};

/// Reads the settings of a file.
pub(super) fn read(script: Script<'_>) -> Result<Config, Problems> {
    let stated =
        DeTable::parse(script.text).map_err(|error| Problems(vec![script.toml_problem(&error)]))?;
    let settings = Table::try_from(Config::default()).unwrap_or_default();
    let mut over = Over { script, settings, config: Config::default(), problems: Vec::new() };
    over.lay(&[], stated.get_ref());
    if let (true, Err(why)) = (over.problems.is_empty(), over.config.mail.check_together()) {
        over.problems.push(over.script.problem(None, why));
    }
    if over.problems.is_empty() { Ok(over.config) } else { Err(Problems(over.problems)) }
}

/// Settings that work, and what did not.
struct Over<'a> {
    script: Script<'a>,
    settings: Table,
    /// What `settings` come to.
    config: Config,
    problems: Vec<Problem>,
}

impl Over<'_> {
    fn lay(&mut self, path: &[&str], stated: &DeTable<'_>) {
        for (key, value) in stated {
            let line = self.script.line(key.span().start);
            let name = key.get_ref().as_ref();
            let here: Vec<&str> = path.iter().copied().chain([name]).collect();
            let default = lookup(&self.settings, &here).cloned();
            match (default, value.get_ref()) {
                (None, _) => {
                    let known = match path {
                        [] => Some(&self.settings),
                        _ => lookup(&self.settings, path).and_then(Value::as_table),
                    };
                    let known = known.into_iter().flat_map(Table::keys).map(String::as_str);
                    let mut hint = hint(name, known);
                    let section = self.settings.iter().find(|(_, value)| {
                        value.as_table().is_some_and(|section| section.contains_key(name))
                    });
                    if let Some((section, _)) = section.filter(|_| hint.is_empty()) {
                        hint = format!("; write it under [{section}], where there is one");
                    }
                    let what = format!("no setting `{name}`{hint}");
                    self.problems.push(self.script.problem(Some(line), what));
                }
                (Some(Value::Table(_)), DeValue::Table(inner)) => self.lay(&here, inner),
                (Some(default), value) => {
                    if let Err(why) = self.set(&here, &default, plain(value)) {
                        let problem = self.script.problem(Some(line), format!("{name}: {why}"));
                        self.problems.push(problem);
                    }
                }
            }
        }
    }

    /// Sets one, if it works together with those that stand.
    fn set(&mut self, path: &[&str], default: &Value, value: Value) -> Result<(), String> {
        let mut settings = self.settings.clone();
        let shown = value.to_string();
        let is_alike = value.same_type(default);
        if let Some(place) = lookup_mut(&mut settings, path) {
            *place = value;
        }
        let config: Config = settings.clone().try_into().map_err(|error: toml::de::Error| {
            let (why, choice) = (error.message().trim(), choice(error.message()));
            // What the setting itself says of a value says more.
            if is_alike && choice.is_empty() && !why.contains("invalid ") {
                return why.to_owned();
            }
            format!("{shown} cannot be used here; {choice}the default is {default}")
        })?;
        config.fetch.check().map_err(|bad| bad.why)?;
        config.classify.check()?;
        config.service.check()?;
        config.mail.check()?;
        config.web.check()?;
        (self.settings, self.config) = (settings, config);
        Ok(())
    }
}

/// What may stand in its place, where that is one of a few words.
fn choice(error: &str) -> String {
    let words = error.lines().next().and_then(|line| line.split_once("expected one of "));
    words.map_or_else(String::new, |(_, words)| format!("it is one of {words}; "))
}

fn lookup<'t>(settings: &'t Table, path: &[&str]) -> Option<&'t Value> {
    let (first, rest) = path.split_first()?;
    rest.iter().try_fold(settings.get(*first)?, |value, key| value.get(*key))
}

fn lookup_mut<'t>(settings: &'t mut Table, path: &[&str]) -> Option<&'t mut Value> {
    let (first, rest) = path.split_first()?;
    rest.iter().try_fold(settings.get_mut(*first)?, |value, key| value.get_mut(*key))
}
