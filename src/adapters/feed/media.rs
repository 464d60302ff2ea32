//! Files and words in the media vocabularies (Media RSS, iTunes), which feed-rs reads well.
//!
//! feed-rs is given a document that holds those children alone: what it cannot read in the rest of
//! a feed then costs nothing, and entry for entry its answer lines up with ours.

use feed_rs::model::MediaObject;
use feed_rs::parser;

use super::identity::Draft;
use super::names::Space;
use super::tree::{Id, Tree};
use crate::post::Enclosure;
use crate::text::html::{escape, paragraphs, to_text};

/// Files kept of one post: galleries list every size of every picture.
const FILE_LIMIT: usize = 20;

/// What the media vocabularies say of one entry.
#[derive(Debug, Default)]
pub(super) struct Media {
    enclosures: Vec<Enclosure>,
    description: Option<String>,
}

impl Media {
    /// Adds to `draft` what it lacks.
    pub(super) fn add_to(&self, draft: &mut Draft) {
        for file in &self.enclosures {
            let held = draft.enclosures.iter().any(|held| held.url == file.url);
            if !held && draft.enclosures.len() < FILE_LIMIT {
                draft.enclosures.push(file.clone());
            }
        }
        if draft.content.is_none() && draft.summary.is_none() {
            draft.content.clone_from(&self.description);
        }
    }
}

/// What they say of each of `entries`; empty where no entry has any.
pub(super) fn read(tree: &Tree, entries: &[Id]) -> Vec<Media> {
    let has_media = |id: &Id| tree.children(*id).any(|child| is_media(tree, child));
    if !entries.iter().any(has_media) {
        return Vec::new();
    }
    let mut xml = String::from(
        "<rss version=\"2.0\" xmlns:media=\"http://search.yahoo.com/mrss/\" \
         xmlns:itunes=\"http://www.itunes.com/dtds/podcast-1.0.dtd\"><channel>",
    );
    for id in entries {
        xml.push_str("<item>");
        for child in tree.children(*id).filter(|child| is_media(tree, *child)) {
            write(tree, child, &mut xml);
        }
        xml.push_str("</item>");
    }
    xml.push_str("</channel></rss>");
    let Ok(feed) = parser::Builder::new().build().parse(xml.as_bytes()) else {
        return Vec::new();
    };
    // One of them left out would shift all that follow.
    if feed.entries.len() != entries.len() {
        return Vec::new();
    }
    feed.entries.iter().map(|entry| media(&entry.media)).collect()
}

fn is_media(tree: &Tree, id: Id) -> bool {
    let element = tree.element(id);
    element.space == Space::Media
        && matches!(element.name.as_str(), "group" | "content" | "description")
}

/// Writes `id` with its prefix; the tree's depth is bounded, and so is this recursion.
fn write(tree: &Tree, id: Id, xml: &mut String) {
    let element = tree.element(id);
    if element.space != Space::Media {
        return;
    }
    xml.push_str("<media:");
    xml.push_str(&element.name);
    for name in ["url", "type", "filesize", "medium"] {
        if let Some(value) = tree.attribute(id, name) {
            let name = if name == "filesize" { "fileSize" } else { name };
            for part in [" ", name, "=\"", &escape(value.trim()), "\""] {
                xml.push_str(part);
            }
        }
    }
    xml.push('>');
    xml.push_str(&escape(&tree.text(id)));
    for child in tree.children(id) {
        write(tree, child, xml);
    }
    xml.push_str("</media:");
    xml.push_str(&element.name);
    xml.push('>');
}

fn media(objects: &[MediaObject]) -> Media {
    let mut media = Media::default();
    for object in objects {
        for content in &object.content {
            let media_type = content.content_type.as_ref().map(ToString::to_string);
            // Pictures here are previews and the author's portrait.
            let plays = media_type.as_ref().is_some_and(|media_type| {
                media_type.starts_with("audio/") || media_type.starts_with("video/")
            });
            if let (true, Some(url)) = (plays, &content.url)
                && matches!(url.scheme(), "http" | "https")
            {
                let url = url.to_string();
                media.enclosures.push(Enclosure { url, media_type, size_bytes: content.size });
            }
        }
        let words = object.description.as_ref().map(|text| text.content.as_str());
        media.description = media.description.or_else(|| {
            let words = words?;
            let text = if words.contains('<') { to_text(words) } else { paragraphs(words) };
            (!text.is_empty()).then_some(text)
        });
    }
    media
}
