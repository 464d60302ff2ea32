//! Changes to a marketer's file: one entry is changed, and every other byte stays as it stands.
//!
//! The places come from the parser, the change is made in the text: comments, order, spelling and
//! blank lines are the marketer's.

use std::ops::Range;

use toml::de::{DeTable, DeValue};
use toml::{Spanned, Value};

use crate::source::SourceId;

/// What is to become of a source.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Edit<'a> {
    /// It is not read for now.
    Pause,
    /// It is read again.
    Resume,
    /// Its entry goes, with the comment that stands right above it.
    Remove,
    /// One of its settings is this from now on; without a value it goes.
    Set(&'a str, Option<&'a Value>),
}

/// A change that cannot be made here.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotEdited {
    /// The file is not TOML.
    #[error("it cannot be read as it stands: run `overheard check`")]
    Broken,
    /// The entry is written in a way we do not touch.
    #[error("its entry is not written as [[source]]: edit it by hand")]
    Inline,
}

/// The text with the change made to the source called `id`; none where the file does not hold it.
///
/// # Errors
/// [`NotEdited`].
pub fn edited(text: &str, id: &SourceId, edit: Edit<'_>) -> Result<Option<String>, NotEdited> {
    let Some(entry) = find(text, id, edit.key())? else { return Ok(None) };
    Ok(Some(match edit {
        Edit::Remove => without(text, &block(text, &entry.span)),
        Edit::Pause => set(text, &entry, "paused", "true"),
        Edit::Set(key, Some(value)) => set(text, &entry, key, &value.to_string()),
        Edit::Resume => unset(text, &entry, Some("false")),
        Edit::Set(_, None) => unset(text, &entry, None),
    }))
}

/// The entries of a text, each with its id and its lines: the comment right above it and the blank
/// lines behind it are among them.
///
/// # Errors
/// [`NotEdited`].
pub(super) fn blocks(text: &str) -> Result<Vec<(String, Range<usize>)>, NotEdited> {
    let document = DeTable::parse(text).map_err(|_| NotEdited::Broken)?;
    let Some(sources) = document.get_ref().get("source") else { return Ok(Vec::new()) };
    let DeValue::Array(sources) = sources.get_ref() else { return Err(NotEdited::Inline) };
    let mut blocks = Vec::new();
    for source in sources {
        let DeValue::Table(table) = source.get_ref() else { continue };
        if let Some(id) = id_of(table) {
            blocks.push((id.to_owned(), block(text, &span(text, source, table)?)));
        }
    }
    Ok(blocks)
}

impl<'a> Edit<'a> {
    /// The key whose value it is about.
    const fn key(self) -> &'a str {
        match self {
            Self::Set(key, _) => key,
            Self::Pause | Self::Resume | Self::Remove => "paused",
        }
    }
}

/// An entry and its places in the text.
struct Found {
    /// From its header to the end of its last value.
    span: Range<usize>,
    /// The key in question, and its value.
    place: Option<(Range<usize>, Range<usize>)>,
}

fn find(text: &str, id: &SourceId, key: &str) -> Result<Option<Found>, NotEdited> {
    let document = DeTable::parse(text).map_err(|_| NotEdited::Broken)?;
    let Some(sources) = document.get_ref().get("source") else { return Ok(None) };
    let DeValue::Array(sources) = sources.get_ref() else { return Err(NotEdited::Inline) };
    for source in sources {
        let DeValue::Table(table) = source.get_ref() else { continue };
        if id_of(table) != Some(id.as_str()) {
            continue;
        }
        let place = table.get_key_value(key).map(|(key, value)| (key.span(), value.span()));
        return Ok(Some(Found { span: span(text, source, table)?, place }));
    }
    Ok(None)
}

fn id_of<'t>(table: &'t DeTable<'_>) -> Option<&'t str> {
    table.get("id").and_then(|own| own.get_ref().as_str()).map(str::trim)
}

/// From an entry's header to the end of its last value.
fn span(
    text: &str,
    source: &Spanned<DeValue<'_>>,
    table: &DeTable<'_>,
) -> Result<Range<usize>, NotEdited> {
    let start = source.span().start;
    if !text[start..].starts_with("[[") {
        return Err(NotEdited::Inline);
    }
    Ok(start..table.values().map(|value| value.span().end).max().unwrap_or(start))
}

/// The lines of an entry: with the comment right above it and the blank lines behind it.
fn block(text: &str, entry: &Range<usize>) -> Range<usize> {
    let mut start = line_start(text, entry.start);
    while start > 0 {
        let above = line_start(text, start - 1);
        if !text[above..start].trim_start().starts_with('#') {
            break;
        }
        start = above;
    }
    // A comment at the top of the file, or one that a blank line sets apart, speaks of more than this.
    if start == 0 {
        start = line_start(text, entry.start);
    }
    let mut end = line_end(text, entry.end);
    while end < text.len() {
        let next = line_end(text, end);
        if !text[end..next].trim().is_empty() {
            break;
        }
        end = next;
    }
    start..end
}

pub(super) fn without(text: &str, block: &Range<usize>) -> String {
    let (before, after) = (&text[..block.start], &text[block.end..]);
    if after.is_empty() {
        // The blank line that set the last entry apart goes with it.
        let kept = before.trim_end();
        return if kept.is_empty() { String::new() } else { format!("{kept}\n") };
    }
    format!("{before}{after}")
}

fn set(text: &str, entry: &Found, key: &str, value: &str) -> String {
    if let Some((_, old)) = &entry.place {
        return format!("{}{value}{}", &text[..old.start], &text[old.end..]);
    }
    let end = line_end(text, entry.span.end);
    let (before, after) = text.split_at(end);
    let newline = if text.contains("\r\n") { "\r\n" } else { "\n" };
    let break_before = if before.ends_with('\n') { "" } else { newline };
    format!("{before}{break_before}{key} = {value}{newline}{after}")
}

/// Takes a key out with its line. A word of the marketer's beside it is worth more than a short file:
/// then it is `otherwise`, or the word stays alone.
fn unset(text: &str, entry: &Found, otherwise: Option<&str>) -> String {
    let Some((key, value)) = &entry.place else { return text.to_owned() };
    let line = line_start(text, key.start)..line_end(text, value.end);
    let word = text[value.end..line.end].trim();
    let (kept, rest) = match (word.is_empty(), otherwise) {
        (true, _) => (&text[..line.start], &text[line.end..]),
        (false, None) => (&text[..line.start], text[value.end..].trim_start()),
        (false, Some(other)) => {
            return format!("{}{other}{}", &text[..value.start], &text[value.end..]);
        }
    };
    format!("{kept}{rest}")
}

fn line_start(text: &str, place: usize) -> usize {
    text[..place].rfind('\n').map_or(0, |at| at + 1)
}

fn line_end(text: &str, place: usize) -> usize {
    text[place..].find('\n').map_or(text.len(), |at| place + at + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: &str = "# The press.\n\n# Dailies.\n\n# Mine, not to be lost.\n[[source]]\nid = \"a\" # short\n\
        kind = \"feed\"\nurl = \"https://a.example/[[source]]\"\nvoice = \"press\"\ntags = [\n  \"x\", # one\n  \"y\",\n]\n\n\
        [[source]]\nid = 'b'\nkind   =   \"feed\"\nurl = \"https://b.example/\"\nvoice = \"press\"\npaused = true\n\n\
        [[reader]]\nid = \"a\"\nname = \"A\"\n";

    fn edit(text: &str, id: &str, what: Edit<'_>) -> String {
        edited(text, &id.parse().unwrap(), what).unwrap().unwrap()
    }

    #[test]
    fn an_entry_goes_with_its_own_comment_and_nothing_else() {
        let gone = edit(FILE, "a", Edit::Remove);
        assert!(gone.starts_with("# The press.\n\n# Dailies.\n\n[[source]]\nid = 'b'\n"), "{gone}");
        assert!(gone.ends_with(&FILE[FILE.find("id = 'b'").unwrap()..]), "{gone}");
        let gone = edit(FILE, "b", Edit::Remove);
        assert!(gone.ends_with("]\n\n[[reader]]\nid = \"a\"\nname = \"A\"\n"), "{gone}");
        let only = "# All.\n[[source]]\nid = \"a\"\n";
        assert_eq!(edit(only, "a", Edit::Remove), "# All.\n");
    }

    #[test]
    fn pausing_and_resuming_leaves_every_other_byte() {
        let paused = edit(FILE, "a", Edit::Pause);
        assert!(paused.contains("  \"y\",\n]\npaused = true\n\n[[source]]\nid = 'b'"), "{paused}");
        assert_eq!(edit(&paused, "a", Edit::Resume), FILE);
        assert_eq!(edit(FILE, "b", Edit::Pause), FILE);
        assert_eq!(edit(FILE, "b", Edit::Resume), FILE.replace("paused = true\n", ""));
        let told = FILE.replace("paused = true", "paused = true  # until May");
        assert_eq!(
            edit(&told, "b", Edit::Resume),
            told.replace("paused = true  #", "paused = false  #")
        );
        assert_eq!(edit(FILE, "a", Edit::Resume), FILE);
        let windows = "[[source]]\r\nid = \"a\"";
        assert_eq!(
            edit(windows, "a", Edit::Pause),
            "[[source]]\r\nid = \"a\"\r\npaused = true\r\n"
        );
    }

    #[test]
    fn a_setting_is_changed_added_and_taken_out_where_it_stands() {
        let tags = Value::Array(vec![Value::String("z".to_owned())]);
        let other = edit(FILE, "a", Edit::Set("tags", Some(&tags)));
        assert!(other.contains("voice = \"press\"\ntags = [\"z\"]\n\n[[source]]"), "{other}");
        let none = edit(FILE, "a", Edit::Set("tags", None));
        assert!(none.contains("voice = \"press\"\n\n[[source]]\nid = 'b'"), "{none}");
        let word = Value::String("de".to_owned());
        let new = edit(FILE, "b", Edit::Set("language", Some(&word)));
        assert!(new.contains("paused = true\nlanguage = \"de\"\n\n[[reader]]"), "{new}");
        let told = FILE.replace("paused = true", "paused = true  # until May");
        let kept = edit(&told, "b", Edit::Set("paused", None));
        assert!(kept.contains("voice = \"press\"\n# until May\n\n[[reader]]"), "{kept}");
    }

    #[test]
    fn what_is_not_there_or_written_otherwise_is_left_alone() {
        assert_eq!(edited(FILE, &"c".parse().unwrap(), Edit::Pause), Ok(None));
        let inline = "source = [{ id = \"a\", kind = \"feed\" }]\n";
        assert_eq!(edited(inline, &"a".parse().unwrap(), Edit::Pause), Err(NotEdited::Inline));
        assert_eq!(edited("[[", &"a".parse().unwrap(), Edit::Pause), Err(NotEdited::Broken));
    }
}
