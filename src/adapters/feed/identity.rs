//! Which post is which: the key of each entry.

use std::collections::{HashMap, HashSet};

use jiff::Timestamp;
use sha2::{Digest as _, Sha256};
use url::Url;

use crate::adapters::About;
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
            // Atom asks for no more than the moment of the last change.
            published: self.published.or(self.updated),
            updated: self.updated,
            tags: self.tags,
            enclosures: self.enclosures,
            language: self.language.filter(|language| !language.is_empty()),
            native_id: self.native_id,
            ..Said::default()
        }
    }
}

/// The posts of a feed that says `about` itself and stands at `feed`, each with its key. An entry that
/// only repeats another has the same key: it is the same post.
///
/// The key is the source's own id, else the link, else a fingerprint of title and date (or text). As
/// far as possible it is the entry's own affair, whoever stands beside it. Where it is not:
///
/// - An id that two different entries share stays with the elder, who most likely had it alone when
///   we last came; the other goes by its link. If the elder leaves before the other, the id passes
///   on and the other revises the elder's post: a reader without memory cannot tell it from an edit.
/// - An id of more than two different entries is a constant, and names none of them.
/// - A link of several different entries names none of them.
/// - The site's front page and the feed's own addresses name no post: what stands there tomorrow is
///   another one.
///
/// A key that is a URL is kept without its scheme, session and tracking parameters: a move to https
/// makes no new posts.
pub(super) fn identify(drafts: Vec<Draft>, about: &About, feed: &Url) -> Vec<Said> {
    let homes = Homes::of(about, feed);
    let names: Vec<Names> = drafts.iter().map(|draft| Names::of(draft, &homes)).collect();
    let mut ids: HashMap<&str, Namesakes<'_>> = HashMap::new();
    let mut links: HashMap<&str, Namesakes<'_>> = HashMap::new();
    for (draft, names) in drafts.iter().zip(&names) {
        if let Some(id) = &names.id {
            ids.entry(id).or_default().meet(draft, &names.mark);
        }
        if let Some(link) = &names.link {
            links.entry(link).or_default().meet(draft, &names.fingerprint);
        }
    }
    let keys: Vec<String> = names.iter().map(|names| key(names, &ids, &links)).collect();
    let mut posts: Vec<Said> = Vec::with_capacity(drafts.len());
    let mut places: HashMap<String, usize> = HashMap::new();
    for ((draft, names), mut key) in drafts.into_iter().zip(&names).zip(keys) {
        let text = draft.content.as_ref().or(draft.summary.as_ref());
        let text = text.map(String::as_str).unwrap_or_default();
        // Of entries alike in all but their words, those after the second go by their words.
        for more in [names.fingerprint.clone(), short_hash(&[text.as_bytes()])] {
            let Some(said) = places.get(&key).map(|first| &posts[*first]) else { break };
            if said.title == draft.title && said.text == text {
                break;
            }
            key = format!("{key}#{more}");
        }
        places.entry(key.clone()).or_insert(posts.len());
        posts.push(draft.into_said(key));
    }
    posts
}

/// The addresses that are the feed's, and no post's.
struct Homes {
    /// The front pages of the site and of where the feed stands.
    fronts: Vec<String>,
    /// The feed itself, and the page it belongs to.
    own: Vec<String>,
}

impl Homes {
    fn of(about: &About, feed: &Url) -> Self {
        let site = about.link.as_deref().and_then(|link| Url::parse(link).ok());
        let id = about.id.as_deref().and_then(|id| Url::parse(id).ok());
        let urls = || [Some(feed), site.as_ref(), id.as_ref()].into_iter().flatten();
        Self {
            fronts: urls()
                .filter_map(|url| url.join("/").ok())
                .map(|url| steady(url.as_str()))
                .collect(),
            own: urls().map(|url| steady(url.as_str())).collect(),
        }
    }
}

/// What an entry could be called, and what tells it from others.
struct Names {
    id: Option<String>,
    link: Option<String>,
    fingerprint: String,
    /// The fingerprint and the link: of those that share an id, equal marks are one post.
    mark: String,
}

impl Names {
    fn of(draft: &Draft, homes: &Homes) -> Self {
        let fingerprint = fingerprint(draft);
        let link = draft.link.as_ref().map(|link| steady(link.as_str()));
        let mark = format!("{fingerprint} {}", link.as_deref().unwrap_or_default());
        let id = draft.native_id.as_deref().map(steady);
        Self {
            // Only a front page: there are feeds whose own link is that of their newest entry.
            id: id.filter(|id| !homes.fronts.contains(id)),
            link: link.filter(|link| !homes.fronts.contains(link) && !homes.own.contains(link)),
            fingerprint,
            mark,
        }
    }
}

/// The different entries of a page that go by one name.
#[derive(Default)]
struct Namesakes<'a> {
    marks: HashSet<&'a str>,
    elder: Option<(&'a str, Option<Timestamp>)>,
}

impl<'a> Namesakes<'a> {
    fn meet(&mut self, draft: &Draft, mark: &'a str) {
        self.marks.insert(mark);
        let at = draft.published.or(draft.updated);
        // Where dates do not tell, what stands further down: feeds begin with the newest.
        let is_elder = self.elder.is_none_or(|(_, elder)| match (at, elder) {
            (Some(at), Some(elder)) => at <= elder,
            _ => true,
        });
        if is_elder {
            self.elder = Some((mark, at));
        }
    }

    /// Whether the name is this entry's, as far as an id goes.
    fn is_id_of(&self, mark: &str) -> bool {
        let elder = || self.elder.is_some_and(|(elder, _)| elder == mark);
        self.marks.len() == 1 || (self.marks.len() == 2 && elder())
    }
}

fn key(
    names: &Names,
    ids: &HashMap<&str, Namesakes<'_>>,
    links: &HashMap<&str, Namesakes<'_>>,
) -> String {
    let Names { id, link, fingerprint, mark } = names;
    let own = |id: &str| ids.get(id).is_some_and(|namesakes| namesakes.is_id_of(mark));
    let alone = |link: &str| links.get(link).is_some_and(|namesakes| namesakes.marks.len() == 1);
    match (id, link) {
        (Some(id), _) if own(id) => id.clone(),
        (_, Some(link)) if alone(link) => link.clone(),
        (Some(shared), _) | (None, Some(shared)) => format!("{shared}#{fingerprint}"),
        (None, None) => format!("#{fingerprint}"),
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
    let title = draft.title.as_deref().unwrap_or_default().as_bytes();
    match (draft.published, &draft.title) {
        (Some(published), _) => short_hash(&[title, &[0], &published.as_second().to_be_bytes()]),
        (None, Some(_)) => short_hash(&[title, &[0]]),
        (None, None) => {
            let text = draft.content.as_ref().or(draft.summary.as_ref());
            let text = text.map(String::as_bytes).unwrap_or_default();
            let file = draft.enclosures.first().map(|file| file.url.as_bytes()).unwrap_or_default();
            short_hash(&[title, &[0], text, file])
        }
    }
}

/// The first eight bytes of SHA-256 over `parts`, as hexadecimal digits.
fn short_hash(parts: &[&[u8]]) -> String {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update(part);
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
        let about = About { link: Some("https://a.example/blog/".to_owned()), ..About::default() };
        let feed = Url::parse("https://feeds.example/a").unwrap();
        identify(drafts, &about, &feed).into_iter().map(|said| said.key).collect()
    }

    fn dated(mut draft: Draft, day: &str) -> Draft {
        draft.published = format!("{day}T10:00:00Z").parse().ok();
        draft
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
        let entry = |n: u8| {
            draft(Some("same"), Some(&format!("https://a.example/{n}")), &format!("entry {n}"))
        };
        let page = vec![entry(3), entry(2), entry(1)];
        assert_eq!(keys(page), ["//a.example/3", "//a.example/2", "//a.example/1"]);
    }

    #[test]
    fn an_id_that_a_second_entry_takes_stays_with_the_elder() {
        let old = draft(Some("same"), Some("https://a.example/old"), "old");
        let new = draft(Some("same"), Some("https://a.example/new"), "new");
        let other = draft(Some("other"), None, "other");
        let alone = keys(vec![old.clone(), other.clone()]);
        assert_eq!(alone, ["same", "other"]);
        let beside = keys(vec![new.clone(), old.clone(), other]);
        assert_eq!(beside, ["//a.example/new", "same", "other"]);
        // Dates tell better than the order of the feed.
        let (old, new) = (dated(old, "2026-01-01"), dated(new, "2026-01-02"));
        assert_eq!(keys(vec![old, new]), ["same", "//a.example/new"]);
    }

    #[test]
    fn an_entry_keeps_its_id_or_link_beside_a_copy_of_itself() {
        let (with_id, with_link) = (
            draft(Some("same"), Some("https://a.example/1"), "one"),
            draft(None, Some("https://a.example/2"), "two"),
        );
        assert_eq!(keys(vec![with_id.clone(), with_id]), ["same", "same"]);
        let copies = keys(vec![with_link.clone(), with_link]);
        assert_eq!(copies, ["//a.example/2", "//a.example/2"]);
    }

    #[test]
    fn a_home_page_names_no_post() {
        for home in [
            "https://a.example/",
            "http://a.example",
            "https://a.example/blog/?utm_source=feed",
            "https://feeds.example/a",
        ] {
            let one = keys(vec![draft(None, Some(home), "one")]);
            let two = keys(vec![draft(None, Some(home), "two")]);
            assert_ne!(one, two, "{home}");
            assert_eq!(one, keys(vec![draft(None, Some(home), "one")]), "{home}");
        }
        let front = Some("https://a.example/");
        assert_ne!(keys(vec![draft(front, front, "one")]), keys(vec![draft(front, front, "two")]));
        // A place on the front page is one post's, and so is somebody else's front page.
        assert_eq!(
            keys(vec![draft(None, Some("https://a.example/#p1"), "one")]),
            ["//a.example/#p1"]
        );
        assert_eq!(keys(vec![draft(None, Some("https://b.example/"), "one")]), ["//b.example/"]);
    }

    #[test]
    fn a_link_of_several_entries_names_none_of_them() {
        let entry = |title| draft(None, Some("https://a.example/news"), title);
        let keys = keys(vec![entry("one"), entry("two")]);
        assert_ne!(keys[0], keys[1]);
        assert!(keys.iter().all(|key| key.starts_with("//a.example/news#")), "{keys:?}");
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
    fn undated_entries_of_one_title_are_told_apart_by_their_words() {
        let entry = |text: &str| {
            let content = Some(text.to_owned());
            Draft { content, ..draft(None, None, "Notice") }
        };
        let page = || vec![entry("one"), entry("two"), entry("three"), entry("three")];
        let found = keys(page());
        assert_eq!(found[2], found[3]);
        let distinct: HashSet<&String> = found.iter().collect();
        assert_eq!(distinct.len(), 3, "{found:?}");
        assert_eq!(found, keys(page()));
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
