//! How large a post may be. What a source says is not ours to choose, what we keep of it is: a post
//! within these bounds is about 4 MB, far below what a store refuses.

use std::borrow::Cow;

use sha2::{Digest as _, Sha256};

use super::{Author, Enclosure, Relation, Said};

/// Bytes of the text, of its HTML and of the summary each: ten times the longest essay we know.
const LONGEST_TEXT: usize = 1 << 20;

/// Bytes of a title, a name, a tag or another single line.
const LONGEST_LINE: usize = 4 * 1024;

/// Bytes of an address. A part of one leads nowhere, so that a longer one is left out.
const LONGEST_ADDRESS: usize = 16 * 1024;

/// Bytes of a key or an id. What is longer keeps its beginning, and a hash of the whole.
const LONGEST_KEY: usize = 4 * 1024;

/// Tags of a post; more is a list of words to be found by.
const MOST_TAGS: usize = 100;

/// Files of a post.
const MOST_FILES: usize = 100;

impl Said {
    /// The post within the bounds of what is kept.
    #[must_use]
    pub fn bounded(self) -> Self {
        Self {
            key: short_key(&self.key).into_owned(),
            url: address(self.url),
            title: self.title.map(line),
            text: text(self.text),
            // Cut anywhere it would no longer be safe HTML.
            html: self.html.filter(|html| html.len() <= LONGEST_TEXT),
            summary: self.summary.map(text),
            author: self.author.map(|author| Author {
                name: author.name.map(line),
                handle: author.handle.map(line),
                url: address(author.url),
            }),
            published: self.published,
            updated: self.updated,
            tags: self.tags.into_iter().take(MOST_TAGS).map(line).collect(),
            enclosures: files(self.enclosures),
            language: self.language.map(line),
            relation: match self.relation {
                Relation::Original => Relation::Original,
                Relation::Reply(to) => Relation::Reply(short_key(&to).into_owned()),
                Relation::Quote(of) => Relation::Quote(short_key(&of).into_owned()),
                Relation::Boost(of) => Relation::Boost(short_key(&of).into_owned()),
            },
            native_id: self.native_id.map(|id| short_key(&id).into_owned()),
            noindex: self.noindex,
        }
    }
}

/// `key` as it is kept; the short form of a short form is itself.
pub(super) fn short_key(key: &str) -> Cow<'_, str> {
    if key.len() <= LONGEST_KEY {
        return Cow::Borrowed(key);
    }
    let hash = Sha256::digest(key.as_bytes());
    let hash = hash.iter().fold(String::from("#"), |hex, byte| format!("{hex}{byte:02x}"));
    let beginning = &key[..key.floor_char_boundary(LONGEST_KEY - hash.len())];
    Cow::Owned(format!("{beginning}{hash}"))
}

fn text(text: String) -> String {
    within(text, LONGEST_TEXT)
}

fn line(line: String) -> String {
    within(line, LONGEST_LINE)
}

fn within(mut text: String, most: usize) -> String {
    text.truncate(text.floor_char_boundary(most));
    text
}

fn address(address: Option<String>) -> Option<String> {
    address.filter(|address| address.len() <= LONGEST_ADDRESS)
}

fn files(files: Vec<Enclosure>) -> Vec<Enclosure> {
    let reachable = files.into_iter().filter(|file| file.url.len() <= LONGEST_ADDRESS);
    let files = reachable.take(MOST_FILES);
    files.map(|file| Enclosure { media_type: file.media_type.map(line), ..file }).collect()
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;
    use crate::post::{Post, PostId};

    fn long() -> String {
        "é".repeat(3 << 20)
    }

    #[test]
    fn nothing_a_source_says_makes_a_post_too_large_to_keep() {
        let file = |url, media_type| Enclosure { url, media_type, size_bytes: None };
        let files = (0..10_000).map(|_| file("https://a.example/".into(), None));
        let large = [file(long(), None), file("https://a.example/".into(), Some(long()))];
        let said = Said {
            key: long(),
            url: Some(long()),
            title: Some(long()),
            text: long(),
            html: Some(long()),
            summary: Some(long()),
            author: Some(Author { name: Some(long()), handle: Some(long()), url: Some(long()) }),
            tags: vec!["t".repeat(5_000); 10_000],
            enclosures: large.into_iter().chain(files).collect(),
            language: Some(long()),
            relation: Relation::Reply(long()),
            native_id: Some(long()),
            ..Said::default()
        };
        let post = Post::new(&"press".parse().unwrap(), said, Timestamp::UNIX_EPOCH);
        assert!(serde_json::to_vec(&post).unwrap().len() < 4 << 20);
        assert_eq!(post.said.clone().bounded(), post.said, "bounds are their own bounds");
    }

    #[test]
    fn an_ordinary_post_is_kept_as_it_is() {
        let said = Said {
            key: "//a.example/1".into(),
            url: Some("https://a.example/1".into()),
            title: Some("One".into()),
            text: "Words".repeat(10_000),
            html: Some("<p>Words</p>".into()),
            tags: vec!["a".into()],
            relation: Relation::Quote("https://a.example/0".into()),
            ..Said::default()
        };
        assert_eq!(said.clone().bounded(), said);
    }

    #[test]
    fn long_keys_that_differ_at_their_ends_name_two_posts() {
        let source = "press".parse().unwrap();
        let (one, two) = (long() + "1", long() + "2");
        assert_ne!(short_key(&one), short_key(&two));
        assert_eq!(PostId::of(&source, &one), PostId::of(&source, &short_key(&one)));
    }
}
