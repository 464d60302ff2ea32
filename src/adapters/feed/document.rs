//! Which of its children tell what of a feed: RSS 0.9x, 1.0, 1.1 and 2.0, Atom 0.3 and 1.0, CDF.
//!
//! The dialects are read by one set of rules, because real feeds mix them: Dublin Core dates in
//! RSS 2.0, Atom links in RSS, RSS descriptions in Atom.

use std::time::Duration;

use jiff::civil::Weekday;
use url::Url;

use super::entry;
use super::identity::Draft;
use super::markup::{Kind, language, language_tag, read};
use super::media;
use super::names::Space;
use super::tree::{Id, Tree};
use super::{dates, people};
use crate::adapters::{About, Hints, Skipped};
use crate::post::Author;
use crate::text::urls::absolute;

/// Posts taken from one document; the largest feed we know of has 10,000.
const POST_LIMIT: usize = 20_000;
/// Characters shown of an element's name where no feed was found: it may be any bytes.
const LONGEST_NAME_SHOWN: usize = 40;

/// What a document says.
#[derive(Debug, Default)]
pub(super) struct Document {
    pub(super) about: About,
    pub(super) drafts: Vec<Draft>,
    pub(super) skipped: Vec<Skipped>,
    pub(super) hints: Hints,
}

/// How a document is built.
struct Parts {
    root: Id,
    /// What speaks of the feed as a whole, in order of trust.
    heads: Vec<Id>,
    entries: Vec<Id>,
    /// How text is meant where nothing says: RSS never does.
    unstated: Kind,
}

/// Reads the feed in `tree`, or says what is there instead.
pub(super) fn document(tree: &Tree, url: &Url) -> Result<Document, String> {
    let parts = parts(tree)?;
    let authors: Vec<Author> = entry::authors(tree, parts.root, &parts.heads, url);
    // Who keeps the site running speaks for it where nobody else does.
    let author = people::main(authors).or_else(|| webmaster(tree, &parts, url));
    let about = about(tree, &parts, author.as_ref(), url);
    // Atom 1.0, 4.2.1: an entry without authors has those of its feed. RSS says no such thing.
    let inherited = match parts.unstated {
        Kind::Text => author,
        Kind::Guess | Kind::Html => None,
    };
    let mut document = Document { about, hints: hints(tree, &parts), ..Document::default() };
    let media = media::read(tree, &parts.entries);
    for (index, id) in parts.entries.iter().copied().enumerate() {
        let place = format!("entry {}", index + 1);
        if index >= POST_LIMIT {
            let why = format!("more than {POST_LIMIT} entries");
            document.skipped.push(Skipped { place, why });
            break;
        }
        // Only the last entry of a cut document can be unfinished.
        if !tree.element(id).whole {
            let why = "the document ends in the middle of it".to_owned();
            document.skipped.push(Skipped { place, why });
            continue;
        }
        let mut draft = entry::entry(tree, id, parts.unstated, url);
        if let Some(media) = media.get(index) {
            media.add_to(&mut draft);
        }
        if draft.is_empty() {
            let why = "it has neither title, text, link nor file".to_owned();
            document.skipped.push(Skipped { place, why });
            continue;
        }
        draft.author = draft.author.or_else(|| inherited.clone());
        draft.language = draft.language.or_else(|| document.about.language.clone());
        document.drafts.push(draft);
    }
    Ok(document)
}

fn webmaster(tree: &Tree, parts: &Parts, url: &Url) -> Option<Author> {
    let mut named = parts.heads.iter().flat_map(|head| tree.named(*head, Space::Core, "webmaster"));
    named.find_map(|id| entry::author(tree, id, url))
}

fn parts(tree: &Tree) -> Result<Parts, String> {
    let Some(first) = tree.roots().next() else {
        return Err("there is no element in it".to_owned());
    };
    let known = |id: &Id| {
        let element = tree.element(*id);
        matches!(element.name.as_str(), "rss" | "rdf" | "feed" | "channel" | "entry")
    };
    let Some(root) = tree.roots().find(known) else {
        let name = tree.element(first).name.chars().filter(char::is_ascii_graphic);
        let name: String = name.take(LONGEST_NAME_SHOWN).collect();
        return Err(format!("its first element is <{name}>"));
    };
    let name = tree.element(root).name.as_str();
    let (heads, entries, unstated) = match name {
        "feed" => (vec![root], tree.named(root, Space::Core, "entry").collect(), Kind::Text),
        "entry" => (Vec::new(), vec![root], Kind::Text),
        "channel" => (vec![root], items(tree, root), Kind::Guess),
        _ => {
            let channels: Vec<Id> = tree.named(root, Space::Core, "channel").collect();
            let mut entries: Vec<Id> =
                channels.iter().flat_map(|channel| items(tree, *channel)).collect();
            // RSS 0.90 and 1.0 keep items beside the channel.
            entries.extend(items(tree, root));
            let heads = if channels.is_empty() { vec![root] } else { channels };
            (heads, entries, Kind::Guess)
        }
    };
    // An RSS body in an Atom envelope and the reverse: both were met.
    let entries: Vec<Id> = if entries.is_empty() {
        let other = if name == "feed" { "item" } else { "entry" };
        heads.iter().flat_map(|head| tree.named(*head, Space::Core, other)).collect()
    } else {
        entries
    };
    Ok(Parts { root, heads, entries, unstated })
}

/// The items of `id`; RSS 1.1 has them in an `items` element.
fn items(tree: &Tree, id: Id) -> Vec<Id> {
    let mut items: Vec<Id> = tree.named(id, Space::Core, "item").collect();
    for list in tree.named(id, Space::Core, "items") {
        items.extend(tree.named(list, Space::Core, "item"));
    }
    items
}

fn about(tree: &Tree, parts: &Parts, author: Option<&Author>, url: &Url) -> About {
    let children = || parts.heads.iter().flat_map(|head| tree.children(*head));
    let line = |names: &[(Space, &str)]| {
        names.iter().find_map(|(space, name)| {
            children()
                .filter(|id| tree.is(*id, *space, name))
                .find_map(|id| read(tree, id, parts.unstated, url).line())
        })
    };
    let text = |names: &[(Space, &str)]| {
        names.iter().find_map(|(space, name)| {
            children()
                .filter(|id| tree.is(*id, *space, name))
                .map(|id| tree.text(id))
                .find(|text| !text.is_empty())
        })
    };
    let date = |names: &[(Space, &str)]| {
        names.iter().find_map(|(space, name)| {
            children()
                .filter(|id| tree.is(*id, *space, name))
                .find_map(|id| dates::read(&tree.text(id)))
        })
    };
    let head = parts.heads.first().copied();
    About {
        title: line(&[(Space::Core, "title"), (Space::Dc, "title"), (Space::Itunes, "title")]),
        link: head.and_then(|head| entry::link(tree, head, url)).map(|link| link.given),
        description: line(&[
            (Space::Core, "description"),
            (Space::Core, "subtitle"),
            (Space::Core, "tagline"),
            (Space::Core, "abstract"),
            (Space::Dc, "description"),
            (Space::Itunes, "subtitle"),
            (Space::Itunes, "summary"),
            (Space::Core, "info"),
        ]),
        language: text(&[(Space::Core, "language"), (Space::Dc, "language")])
            .as_deref()
            .and_then(language_tag)
            .or_else(|| language(tree, head.unwrap_or(parts.root)))
            .filter(|language| !language.is_empty()),
        author: author.and_then(people::shown),
        id: text(&[(Space::Core, "id"), (Space::Core, "guid"), (Space::Dc, "identifier")])
            .map(|id| entry::resolved_id(tree, head.unwrap_or(parts.root), &id, url)),
        updated: date(&[
            (Space::Core, "updated"),
            (Space::Core, "lastbuilddate"),
            (Space::Core, "modified"),
            (Space::Dc, "date"),
            (Space::Dc, "modified"),
            (Space::Core, "pubdate"),
            (Space::Core, "published"),
        ])
        .or_else(|| dates::read(tree.attribute(head?, "lastmod")?)),
    }
}

fn hints(tree: &Tree, parts: &Parts) -> Hints {
    let mut hints = Hints::default();
    let mut period = None;
    let mut frequency = None;
    for id in parts.heads.iter().flat_map(|head| tree.children(*head)) {
        let element = tree.element(id);
        match (element.space, element.name.as_str()) {
            (Space::Core, "ttl") => {
                let minutes = tree.text(id).parse::<u32>().ok().filter(|minutes| *minutes > 0);
                hints.interval =
                    minutes.map(|minutes| Duration::from_secs(u64::from(minutes) * 60));
            }
            (Space::Syndication, "updateperiod") => period = period_length(&tree.text(id)),
            (Space::Syndication, "updatefrequency") => {
                frequency = tree.text(id).parse::<u32>().ok().filter(|times| *times > 0);
            }
            (Space::Core, "skiphours") => {
                let hours = tree.named(id, Space::Core, "hour");
                // RSS 0.91 counts from 1 to 24, RSS 2.0 from 0 to 23.
                let hours = hours.filter_map(|hour| tree.text(hour).parse::<u8>().ok());
                hints.skip_hours = hours.filter(|hour| *hour <= 24).map(|hour| hour % 24).collect();
                hints.skip_hours.sort_unstable();
                hints.skip_hours.dedup();
            }
            (Space::Core, "skipdays") => {
                let days = tree.named(id, Space::Core, "day");
                hints.skip_days = days.filter_map(|day| weekday(&tree.text(day))).collect();
            }
            _ => {}
        }
    }
    // A feed that says both means the longer.
    hints.interval = hints.interval.max(period.map(|period| period / frequency.unwrap_or(1)));
    hints
}

fn period_length(name: &str) -> Option<Duration> {
    let hours = match name.trim().to_ascii_lowercase().as_str() {
        "hourly" => 1,
        "daily" => 24,
        "weekly" => 24 * 7,
        "monthly" => 24 * 30,
        "yearly" => 24 * 365,
        _ => return None,
    };
    Some(Duration::from_secs(hours * 3_600))
}

fn weekday(name: &str) -> Option<Weekday> {
    Some(match name.get(..3)?.to_ascii_lowercase().as_str() {
        "mon" => Weekday::Monday,
        "tue" => Weekday::Tuesday,
        "wed" => Weekday::Wednesday,
        "thu" => Weekday::Thursday,
        "fri" => Weekday::Friday,
        "sat" => Weekday::Saturday,
        "sun" => Weekday::Sunday,
        _ => return None,
    })
}

/// The link of an element that has one: as given but absolute, and as a URL.
#[derive(Debug, Clone)]
pub(super) struct Link {
    /// Its own spelling where it is absolute, else what it resolves to.
    pub(super) given: String,
    pub(super) url: Url,
}

impl Link {
    pub(super) fn of(href: &str, base: Option<&Url>) -> Option<Self> {
        let url = absolute(href, base)?;
        let href = href.trim();
        // `http:a//b` is absolute too, but only a browser would guess it.
        let is_absolute = ["http://", "https://"].iter().any(|scheme| {
            href.get(..scheme.len()).is_some_and(|head| head.eq_ignore_ascii_case(scheme))
        });
        let given = if is_absolute { href.to_owned() } else { url.as_str().to_owned() };
        Some(Self { given, url })
    }
}
