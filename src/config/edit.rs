//! Changes to a marketer's file: one entry is changed, and every other byte stays as it stands.
//!
//! The places come from the parser, the change is made in the text: comments, order, spelling and
//! blank lines are the marketer's.

use std::ops::Range;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::source::SourceId;

/// What is to become of a source.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Edit {
    /// It is not read for now.
    Pause,
    /// It is read again.
    Resume,
    /// Its entry goes, with the comment that stands right above it.
    Remove,
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
pub fn edited(text: &str, id: &SourceId, edit: Edit) -> Result<Option<String>, NotEdited> {
    let Some(entry) = find(text, id)? else { return Ok(None) };
    Ok(Some(match edit {
        Edit::Remove => without(text, &block(text, &entry)),
        Edit::Pause => paused(text, &entry),
        Edit::Resume => resumed(text, &entry),
    }))
}

/// An entry and its places in the text.
struct Found {
    /// From its header to the end of its last value.
    span: Range<usize>,
    /// The value of `paused`.
    paused: Option<Range<usize>>,
}

fn find(text: &str, id: &SourceId) -> Result<Option<Found>, NotEdited> {
    let document = DeTable::parse(text).map_err(|_| NotEdited::Broken)?;
    let Some(sources) = document.get_ref().get("source") else { return Ok(None) };
    let DeValue::Array(sources) = sources.get_ref() else { return Err(NotEdited::Inline) };
    for source in sources {
        let DeValue::Table(table) = source.get_ref() else { continue };
        let own = table.get("id").and_then(|own| own.get_ref().as_str()).map(str::trim);
        if own != Some(id.as_str()) {
            continue;
        }
        let start = source.span().start;
        if !text[start..].starts_with("[[") {
            return Err(NotEdited::Inline);
        }
        let end = table.values().map(|value| value.span().end).max().unwrap_or(start);
        let paused = table.get("paused").map(Spanned::span);
        return Ok(Some(Found { span: start..end, paused }));
    }
    Ok(None)
}

/// The lines of an entry: with the comment right above it and the blank lines behind it.
fn block(text: &str, entry: &Found) -> Range<usize> {
    let mut start = line_start(text, entry.span.start);
    while start > 0 {
        let above = line_start(text, start - 1);
        if !text[above..start].trim_start().starts_with('#') {
            break;
        }
        start = above;
    }
    // A comment at the top of the file, or one that a blank line sets apart, speaks of more than this.
    if start == 0 {
        start = line_start(text, entry.span.start);
    }
    let mut end = line_end(text, entry.span.end);
    while end < text.len() {
        let next = line_end(text, end);
        if !text[end..next].trim().is_empty() {
            break;
        }
        end = next;
    }
    start..end
}

fn without(text: &str, block: &Range<usize>) -> String {
    let (before, after) = (&text[..block.start], &text[block.end..]);
    if after.is_empty() {
        // The blank line that set the last entry apart goes with it.
        let kept = before.trim_end();
        return if kept.is_empty() { String::new() } else { format!("{kept}\n") };
    }
    format!("{before}{after}")
}

fn paused(text: &str, entry: &Found) -> String {
    if let Some(value) = &entry.paused {
        return format!("{}true{}", &text[..value.start], &text[value.end..]);
    }
    let end = line_end(text, entry.span.end);
    let (before, after) = text.split_at(end);
    let newline = if text.contains("\r\n") { "\r\n" } else { "\n" };
    let break_before = if before.ends_with('\n') { "" } else { newline };
    format!("{before}{break_before}paused = true{newline}{after}")
}

fn resumed(text: &str, entry: &Found) -> String {
    let Some(value) = &entry.paused else { return text.to_owned() };
    let line = line_start(text, value.start)..line_end(text, value.end);
    // A word of the marketer's beside it is worth more than a short file.
    if text[value.end..line.end].trim().is_empty() {
        format!("{}{}", &text[..line.start], &text[line.end..])
    } else {
        format!("{}false{}", &text[..value.start], &text[value.end..])
    }
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

    fn edit(text: &str, id: &str, what: Edit) -> String {
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
    fn what_is_not_there_or_written_otherwise_is_left_alone() {
        assert_eq!(edited(FILE, &"c".parse().unwrap(), Edit::Pause), Ok(None));
        let inline = "source = [{ id = \"a\", kind = \"feed\" }]\n";
        assert_eq!(edited(inline, &"a".parse().unwrap(), Edit::Pause), Err(NotEdited::Inline));
        assert_eq!(edited("[[", &"a".parse().unwrap(), Edit::Pause), Err(NotEdited::Broken));
    }
}
