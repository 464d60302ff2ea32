//! The feeds of a market as OPML, for other readers.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use quick_xml::escape::escape;

use super::market::{Listened, Market};

/// A market's feeds as OPML, each in the folder of its first tag, and how many sources of other kinds
/// it leaves out: the format knows none but feeds.
#[must_use]
pub fn write(market: &Market) -> (String, usize) {
    let feeds = market.sources.iter().filter(|listened| listened.source.kind == "feed");
    let mut folders: BTreeMap<Option<&str>, Vec<&Listened>> = BTreeMap::new();
    let mut written = 0;
    for listened in feeds {
        let folder = listened.source.tags.first().map(String::as_str);
        folders.entry(folder).or_default().push(listened);
        written += 1;
    }
    let mut text = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<opml version=\"2.0\">\n  \
                    <head><title>Sources of Overheard</title></head>\n  <body>\n"
        .to_owned();
    for (folder, feeds) in folders {
        if let Some(folder) = folder {
            _ = writeln!(text, "    <outline text=\"{}\">", attribute(folder));
        }
        let margin = if folder.is_some() { "      " } else { "    " };
        for listened in feeds {
            let source = &listened.source;
            let id = attribute(source.id.as_str());
            let url = attribute(listened.adapter.start().url.as_str());
            _ = write!(text, "{margin}<outline type=\"rss\" text=\"{id}\" xmlUrl=\"{url}\"");
            if source.tags.len() > 1 {
                // A comma or a slash would make two of one.
                let tags: Vec<String> =
                    source.tags.iter().map(|tag| tag.replace([',', '/'], " ")).collect();
                _ = write!(text, " category=\"{}\"", attribute(&tags.join(",")));
            }
            if let Some(language) = &source.language {
                _ = write!(text, " language=\"{}\"", attribute(language));
            }
            text += "/>\n";
        }
        if folder.is_some() {
            text += "    </outline>\n";
        }
    }
    text += "  </body>\n</opml>\n";
    (text, market.sources.len() - written)
}

/// A text as the value of an attribute; characters XML has no place for are left out.
fn attribute(text: &str) -> String {
    let fits: String = text.chars().filter(|c| !c.is_control()).collect();
    escape(&fits).into_owned()
}
