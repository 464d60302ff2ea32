//! The settings of one source, taken key by key, so that a mistake is reported with its key.

use toml::{Table, Value};
use url::Url;

use super::BadSetting;

/// Settings that nobody has taken yet.
pub(super) struct Options(Table);

impl Options {
    /// The settings of `table`.
    pub(super) const fn of(table: Table) -> Self {
        Self(table)
    }

    /// Takes a text that is not blank.
    ///
    /// # Errors
    /// Where it is blank or no text.
    pub(super) fn text(&mut self, key: &'static str) -> Result<Option<String>, BadSetting> {
        match self.0.remove(key) {
            None => Ok(None),
            Some(Value::String(text)) if !text.trim().is_empty() => {
                Ok(Some(text.trim().to_owned()))
            }
            Some(other) => Err(bad(key, format!("{other} is not a text with something in it"))),
        }
    }

    /// Takes a whole number that is not negative.
    ///
    /// # Errors
    /// Where it is anything else.
    pub(super) fn count(&mut self, key: &'static str) -> Result<Option<u32>, BadSetting> {
        match self.0.remove(key) {
            None => Ok(None),
            Some(value) => value
                .as_integer()
                .and_then(|number| u32::try_from(number).ok())
                .map(Some)
                .ok_or_else(|| bad(key, format!("{value} is not a whole number from 0 up"))),
        }
    }

    /// Takes a yes or a no.
    ///
    /// # Errors
    /// Where it is anything else.
    pub(super) fn yes_or_no(&mut self, key: &'static str) -> Result<Option<bool>, BadSetting> {
        match self.0.remove(key) {
            None => Ok(None),
            Some(Value::Boolean(answer)) => Ok(Some(answer)),
            Some(other) => Err(bad(key, format!("{other} is neither true nor false"))),
        }
    }

    /// Takes the address of a server, without a path: `https://example.social`.
    ///
    /// # Errors
    /// Where it is no http or https address, or has a path, a query or a user.
    pub(super) fn server(&mut self, key: &'static str) -> Result<Option<Url>, BadSetting> {
        let Some(text) = self.text(key)? else { return Ok(None) };
        let url = Url::parse(&text).ok().filter(|url| {
            matches!(url.scheme(), "http" | "https")
                && url.has_host()
                && url.path() == "/"
                && url.query().is_none()
                && url.fragment().is_none()
                && url.username().is_empty()
                && url.password().is_none()
        });
        let why =
            || format!("{text:?} is not the address of a server, like https://example.social");
        url.map(Some).ok_or_else(|| bad(key, why()))
    }

    /// Makes sure that nothing is left: `allowed` is what the kind knows.
    ///
    /// # Errors
    /// Names the first key that nobody took.
    pub(super) fn none_left(self, allowed: &str) -> Result<(), BadSetting> {
        match self.0.keys().next() {
            None => Ok(()),
            Some(key) => Err(bad(key, format!("unknown here; this kind takes {allowed}"))),
        }
    }
}

/// A setting that cannot be used.
pub(super) fn bad(key: &str, why: impl Into<String>) -> BadSetting {
    BadSetting { key: key.to_owned(), why: why.into() }
}
