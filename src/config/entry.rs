//! A `[[source]]` as it is written into a file.

use std::fmt::Write as _;

use toml::Value;

use crate::source::SourceId;

/// What a new entry says.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    /// Its id.
    pub id: SourceId,
    /// Its kind.
    pub kind: String,
    /// The kind's own settings, as they are to stand there.
    pub options: Vec<(String, Value)>,
    /// What it says beside them.
    pub details: Details,
}

/// What a source of any kind may say of itself, as it is written.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Details {
    /// Its owner, where it is not that of its host.
    pub owner: Option<String>,
    /// Its voice, where the kind does not say it.
    pub voice: Option<String>,
    /// Its tags.
    pub tags: Vec<String>,
    /// The language its posts are in.
    pub language: Option<String>,
    /// How often to read it.
    pub every: Option<String>,
    /// Whether it is not to be read for now.
    pub paused: bool,
    /// What it is called: a comment above it.
    pub title: Option<String>,
}

impl Entry {
    /// The address it is read at, where its kind has one.
    #[must_use]
    pub fn address(&self) -> Option<&str> {
        self.options.iter().find(|(key, _)| key == "url").and_then(|(_, value)| value.as_str())
    }

    /// The entry as it stands in a file.
    #[must_use]
    pub fn toml(&self) -> String {
        let mut text = String::new();
        let Details { owner, voice, tags, language, every, paused, title } = &self.details;
        if let Some(title) = title {
            // A comment is one line without control characters, or the file could not be read.
            let title: String = title.chars().filter(|c| !c.is_control()).take(120).collect();
            _ = writeln!(text, "# {title}");
        }
        text += "[[source]]\n";
        let mut say = |key: &str, value: &Value| _ = writeln!(text, "{key} = {value}");
        let word = |word: &str| Value::String(word.to_owned());
        say("id", &word(self.id.as_str()));
        say("kind", &word(&self.kind));
        for (key, value) in &self.options {
            say(key, value);
        }
        let words = [("owner", owner), ("voice", voice), ("language", language), ("every", every)];
        for (key, value) in words {
            if let Some(value) = value {
                say(key, &word(value));
            }
        }
        if !tags.is_empty() {
            say("tags", &Value::Array(tags.iter().map(|tag| word(tag)).collect()));
        }
        if *paused {
            say("paused", &Value::Boolean(true));
        }
        text
    }
}

/// `text` with entries behind what it holds.
#[must_use]
pub fn appended(text: &str, entries: &[Entry]) -> String {
    let mut text = text.to_owned();
    if !text.is_empty() && !text.ends_with('\n') {
        text.push('\n');
    }
    for entry in entries {
        if !text.is_empty() {
            text.push('\n');
        }
        text += &entry.toml();
    }
    text
}

/// An id for what is called `title` and lives at `host`: short, readable, and `is_free`.
#[must_use]
pub fn id_for(title: &str, host: &str, is_free: impl Fn(&SourceId) -> bool) -> Option<SourceId> {
    numbered(&readable(title, host), 1, is_free).map(|(_, id)| id)
}

/// The first free id that is `base` with a number behind it, `from` or a higher one, and the number;
/// 1 is none.
pub(super) fn numbered(
    base: &str,
    from: u32,
    is_free: impl Fn(&SourceId) -> bool,
) -> Option<(u32, SourceId)> {
    (from..10_000)
        .map(|number| match number {
            1 => (1, base.to_owned()),
            _ => (number, format!("{base}-{number}")),
        })
        .filter_map(|(number, id)| Some((number, id.parse().ok()?)))
        .find(|(_, id)| is_free(id))
}

/// What an id is made of for what is called `title` and lives at `host`.
pub(super) fn readable(title: &str, host: &str) -> String {
    /// Longer ones are hard to type, and a number must still fit behind.
    const LONGEST: usize = 40;
    let slug = |text: &str| {
        let mut slug = String::new();
        for c in text.to_lowercase().chars() {
            if c.is_ascii_alphanumeric() {
                slug.push(c);
            } else if !slug.ends_with('-') && !matches!(c, '\'' | '\u{2019}') {
                slug.push('-');
            }
        }
        let slug: String = slug.trim_matches('-').chars().take(LONGEST).collect();
        slug.trim_matches('-').to_owned()
    };
    let written = slug(title);
    // A title in another script leaves nothing to read, or a number.
    let readable = written.bytes().filter(u8::is_ascii_alphabetic).count() >= 3;
    let own_host = host.strip_prefix("www.").unwrap_or(host);
    let base = if readable { written } else { slug(own_host) };
    if base.is_empty() { "source".to_owned() } else { base }
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::*;
    use crate::config::Market;

    #[test]
    fn what_is_written_is_read_back_whatever_it_is_called() {
        let address = Value::String("https://a.example/?q=\"x\"&y=\\".to_owned());
        let details = Details {
            owner: Some("Acme \"Labs\"".to_owned()),
            voice: Some("press".to_owned()),
            tags: vec!["R & D".to_owned(), "日本".to_owned()],
            language: Some("de".to_owned()),
            every: Some("6h".to_owned()),
            paused: true,
            title: Some("A\n[[source]]\u{7}".to_owned()),
        };
        let options = vec![("url".to_owned(), address)];
        let entry = Entry { id: "a".parse().unwrap(), kind: "feed".to_owned(), options, details };
        let text = appended("# Mine.", std::slice::from_ref(&entry));
        let market = Market::parse(&[(PathBuf::from("x.toml"), text)]).unwrap();
        let source = &market.sources[0].source;
        assert_eq!(source.owner.as_str(), "acme \"labs\"");
        assert_eq!(source.tags, entry.details.tags);
        assert!(source.paused && market.sources.len() == 1);
    }

    #[test]
    fn an_id_is_readable_and_free() {
        let id = |title: &str, taken: &[&str]| {
            let free = |id: &SourceId| !taken.contains(&id.as_str());
            id_for(title, "www.blog.example", free).unwrap().to_string()
        };
        assert_eq!(id("The Daily Rack's News", &[]), "the-daily-racks-news");
        assert_eq!(id("日本経済 2", &[]), "blog-example");
        assert_eq!(id("A blog", &["a-blog", "a-blog-2"]), "a-blog-3");
        assert!(id(&"word ".repeat(99), &[]).len() <= 40);
    }
}
