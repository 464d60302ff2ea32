//! Which post is which: the key of each entry, decided over the whole page.

use std::collections::HashMap;

use jiff::Timestamp;
use sha2::{Digest as _, Sha256};
use url::Url;

use crate::post::{Author, Enclosure, Said};
use crate::text::urls::canonical;

/// Parameters that change from visit to visit: a session, not a post.
const SESSION: &[&str] =
    &["phpsessid", "jsessionid", "sid", "session_id", "sessionid", "aspsessionid"];

/// An entry as it was read, before it is known what to call it.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Draft {
    pub(super) native_id: Option<String>,
    pub(super) link: Option<Url>,
    pub(super) title: Option<String>,
    /// The text of the full content.
    pub(super) content: Option<String>,
    /// The HTML of the content, else of the summary.
    pub(super) html: Option<String>,
    /// The text of the summary.
    pub(super) summary: Option<String>,
    pub(super) author: Option<Author>,
    pub(super) published: Option<Timestamp>,
    pub(super) updated: Option<Timestamp>,
    pub(super) tags: Vec<String>,
    pub(super) enclosures: Vec<Enclosure>,
    pub(super) language: Option<String>,
    /// Whether its content or summary goes on beyond what is read.
    pub(super) cut: bool,
}

impl Draft {
    /// Whether there is nothing in it to keep.
    pub(super) fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    fn into_said(self, key: String) -> Said {
        let (text, summary) = match (self.content, self.summary) {
            (Some(content), summary) => {
                let differs = summary.filter(|summary| *summary != content);
                (content, differs)
            }
            (None, summary) => (summary.unwrap_or_default(), None),
        };
        Said {
            key,
            url: self.link.as_ref().map(canonical),
            title: self.title,
            text,
            html: self.html,
            summary,
            author: self.author,
            published: self.published,
            updated: self.updated,
            tags: self.tags,
            enclosures: self.enclosures,
            language: self.language,
            native_id: self.native_id,
            ..Said::default()
        }
    }
}

/// The posts of a page, each with its key. An entry that only repeats another has the same key: it is
/// the same post.
///
/// The key is the source's own id; where two different entries of the page share that id, their link;
/// where there is neither, the title and the date. A key that is a URL is kept without its scheme,
/// session and tracking parameters: a move to https makes no new posts.
pub(super) fn identify(drafts: Vec<Draft>) -> Vec<Said> {
    let mut ids: HashMap<String, usize> = HashMap::new();
    let mut links: HashMap<String, usize> = HashMap::new();
    for draft in &drafts {
        if let Some(id) = &draft.native_id {
            *ids.entry(steady(id)).or_default() += 1;
        }
        if let Some(link) = &draft.link {
            *links.entry(steady(link.as_str())).or_default() += 1;
        }
    }
    let mut posts: Vec<Said> = Vec::with_capacity(drafts.len());
    let mut places: HashMap<String, usize> = HashMap::new();
    for draft in drafts {
        let mut key = key(&draft, &ids, &links);
        if let Some(first) = places.get(&key) {
            let said = &posts[*first];
            let text = draft.content.as_ref().or(draft.summary.as_ref());
            let repeats =
                said.title == draft.title && said.text == text.cloned().unwrap_or_default();
            if !repeats {
                key = format!("{key}#{}", fingerprint(&draft));
            }
        }
        places.entry(key.clone()).or_insert(posts.len());
        posts.push(draft.into_said(key));
    }
    posts
}

fn key(draft: &Draft, ids: &HashMap<String, usize>, links: &HashMap<String, usize>) -> String {
    let unique = |names: &HashMap<String, usize>, name: &String| names.get(name) == Some(&1);
    let id = draft.native_id.as_deref().map(steady);
    let link = draft.link.as_ref().map(|link| steady(link.as_str()));
    match (id, link) {
        (Some(id), _) if unique(ids, &id) => id,
        (_, Some(link)) if unique(links, &link) => link,
        (Some(shared), _) | (None, Some(shared)) => format!("{shared}#{}", fingerprint(draft)),
        (None, None) => format!("#{}", fingerprint(draft)),
    }
}

/// `id` without what changes while the post stays the same.
fn steady(id: &str) -> String {
    let is_web = id.get(..4).is_some_and(|head| head.eq_ignore_ascii_case("http"));
    let url = if is_web { Url::parse(id).ok().filter(Url::has_host) } else { None };
    let Some(mut url) = url else {
        return id.to_owned();
    };
    if let Some(query) = url.query().map(str::to_owned) {
        let kept: Vec<&str> = query
            .split('&')
            .filter(|pair| {
                let name = pair.split('=').next().unwrap_or_default().to_ascii_lowercase();
                !SESSION.contains(&name.as_str())
            })
            .collect();
        url.set_query((!kept.is_empty()).then(|| kept.join("&")).as_deref());
    }
    // `;jsessionid=…` stands in the path. A fragment tells comments on a page apart, and stays.
    if let Some(at) = url.path().to_ascii_lowercase().find(";jsessionid=") {
        let path = url.path()[..at].to_owned();
        url.set_path(&path);
    }
    let fragment = url.fragment().map(|part| format!("#{part}")).unwrap_or_default();
    url.set_fragment(None);
    let address = canonical(&url);
    let bare = address.split_once("://").map_or(address.as_str(), |(_, rest)| rest);
    format!("//{bare}{fragment}")
}

/// What tells posts apart that have no names: title and date, else the text.
fn fingerprint(draft: &Draft) -> String {
    let mut hash = Sha256::new();
    hash.update(draft.title.as_deref().unwrap_or_default().as_bytes());
    hash.update([0]);
    match (draft.published, &draft.title) {
        (Some(published), _) => hash.update(published.as_second().to_be_bytes()),
        (None, Some(_)) => {}
        (None, None) => {
            let text = draft.content.as_ref().or(draft.summary.as_ref());
            hash.update(text.map(String::as_bytes).unwrap_or_default());
            hash.update(
                draft.enclosures.first().map(|file| file.url.as_bytes()).unwrap_or_default(),
            );
        }
    }
    hash.finalize().iter().take(8).fold(String::new(), |hex, byte| format!("{hex}{byte:02x}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn draft(id: Option<&str>, link: Option<&str>, title: &str) -> Draft {
        Draft {
            native_id: id.map(str::to_owned),
            link: link.and_then(|link| Url::parse(link).ok()),
            title: Some(title.to_owned()),
            ..Draft::default()
        }
    }

    fn keys(drafts: Vec<Draft>) -> Vec<String> {
        identify(drafts).into_iter().map(|said| said.key).collect()
    }

    #[test]
    fn a_move_to_https_and_a_new_session_keep_the_key() {
        let before = keys(vec![draft(Some("http://a.example/p?id=1&PHPSESSID=x"), None, "t")]);
        let after = keys(vec![draft(Some("https://a.example/p?id=1&PHPSESSID=y"), None, "t")]);
        assert_eq!(before, after);
        assert_eq!(before, ["//a.example/p?id=1"]);
        assert_eq!(
            keys(vec![draft(None, Some("http://a.example/p;jsessionid=1"), "t")]),
            ["//a.example/p"]
        );
    }

    #[test]
    fn entries_that_share_an_id_are_told_apart_by_their_links() {
        let page = vec![
            draft(Some("same"), Some("https://a.example/1"), "one"),
            draft(Some("same"), Some("https://a.example/2"), "two"),
        ];
        assert_eq!(keys(page), ["//a.example/1", "//a.example/2"]);
    }

    #[test]
    fn one_entry_given_twice_is_one_post() {
        let one = draft(Some("same"), Some("https://a.example/1"), "one");
        let keys = keys(vec![one.clone(), one]);
        assert_eq!(keys[0], keys[1]);
    }

    #[test]
    fn nameless_entries_have_distinct_and_steady_keys() {
        let page = || vec![draft(None, None, "one"), draft(None, None, "two")];
        let first = keys(page());
        assert_eq!(first, keys(page()));
        assert_ne!(first[0], first[1]);
    }

    #[test]
    fn comments_on_one_page_are_many_posts() {
        let page = vec![
            draft(None, Some("https://a.example/p#c1"), "re"),
            draft(None, Some("https://a.example/p#c2"), "re"),
        ];
        assert_eq!(keys(page).len(), 2);
    }
}
