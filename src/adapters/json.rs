//! JSON as servers really send it: a field that is null, missing or of the wrong type is absent, and
//! never costs the items beside it.

use jiff::Timestamp;
use serde_json::Value;

use super::Unreadable;

/// Reads a body. What is not UTF-8 in it is replaced; nesting beyond 128 levels is refused.
///
/// # Errors
/// Where it is no JSON at all; `expected` says what was.
pub(super) fn parse(body: &[u8], expected: &'static str) -> Result<Value, Unreadable> {
    let text = String::from_utf8_lossy(body);
    let text = text.trim_start_matches('\u{feff}').trim();
    serde_json::from_str(text).map_err(|error| {
        let why = match text.chars().next() {
            None => "the answer is empty".to_owned(),
            Some('<') => "a web page came instead".to_owned(),
            Some(_) => format!("it is not valid JSON ({error})"),
        };
        Unreadable::NotThis { expected, why }
    })
}

/// The fields of a JSON value; one that is no object has none.
#[derive(Debug, Clone, Copy)]
pub(super) struct Fields<'a>(pub &'a Value);

impl<'a> Fields<'a> {
    /// Whether there is such a field, even if it is null.
    pub(super) fn has(self, key: &str) -> bool {
        self.0.get(key).is_some()
    }

    /// A text that is not blank.
    pub(super) fn text(self, key: &str) -> Option<&'a str> {
        self.0.get(key)?.as_str().filter(|text| !text.trim().is_empty())
    }

    /// An id: some servers send it as a text, others as a number.
    pub(super) fn id(self, key: &str) -> Option<String> {
        match self.0.get(key)? {
            Value::String(id) if !id.trim().is_empty() => Some(id.trim().to_owned()),
            Value::Number(id) if id.is_u64() => Some(id.to_string()),
            _ => None,
        }
    }

    /// A whole number.
    pub(super) fn number(self, key: &str) -> Option<i64> {
        self.0.get(key)?.as_i64()
    }

    /// Whether the field is `true`.
    pub(super) fn is(self, key: &str) -> bool {
        self.0.get(key).and_then(Value::as_bool).unwrap_or(false)
    }

    /// An object.
    pub(super) fn object(self, key: &str) -> Option<Fields<'a>> {
        self.0.get(key).filter(|value| value.is_object()).map(Fields)
    }

    /// The members of a list; none where it is not one.
    pub(super) fn list(self, key: &str) -> &'a [Value] {
        self.0.get(key).and_then(Value::as_array).map_or(&[], Vec::as_slice)
    }

    /// A moment in ISO 8601 with its offset.
    pub(super) fn moment(self, key: &str) -> Option<Timestamp> {
        self.text(key)?.trim().parse().ok()
    }

    /// A moment in seconds since 1970.
    pub(super) fn seconds(self, key: &str) -> Option<Timestamp> {
        Timestamp::from_second(self.number(key)?).ok()
    }
}
