//! A reader's own Atom feed (RFC 4287): an entry a digest.

use std::fmt::Write as _;

use jiff::Timestamp;

use super::Pages;
use super::answer::RECENT;
use super::told::Untold;
use crate::digest::{Digest, Proven};
use crate::reader::Reader;
use crate::views;

/// The feed of a reader's last digests, newest first.
pub(super) fn atom(pages: &Pages, reader: &Reader) -> Result<String, Untold> {
    let links = &pages.links;
    let digests = recent(pages, reader)?;
    let updated = digests.first().map_or(Timestamp::UNIX_EPOCH, |digest| digest.made);
    let mut out = String::from("<?xml version=\"1.0\" encoding=\"utf-8\"?>\n");
    let own = escaped(&links.feed(reader).unwrap_or_default());
    let id = links.uuid(&reader.id, "feed");
    // Writing to a text cannot fail.
    let _ = write!(
        out,
        "<feed xmlns=\"http://www.w3.org/2005/Atom\">\n<id>urn:uuid:{id}</id>\n<title>Overheard</title>\n\
         <updated>{updated}</updated>\n<author><name>Overheard</name></author>\n\
         <link rel=\"self\" type=\"application/atom+xml\" href=\"{own}\"/>\n"
    );
    for digest in digests {
        let page = escaped(&links.page(&digest).unwrap_or_default());
        let id = links.uuid(&digest.reader, &digest.date.to_string());
        let title = escaped(&digest.date.strftime("%A %-d %B %Y").to_string());
        let made = digest.made;
        let proven = Proven::claimed(digest);
        let summary = escaped(&views::summary(&proven));
        let mail = views::html(&proven, links)?;
        let content = escaped(body(&mail));
        let _ = write!(
            out,
            "<entry>\n<id>urn:uuid:{id}</id>\n<title>{title}</title>\n<updated>{made}</updated>\n\
             <published>{made}</published>\n<link rel=\"alternate\" type=\"text/html\" href=\"{page}\"/>\n\
             <summary>{summary}</summary>\n<content type=\"html\">{content}</content>\n</entry>\n"
        );
    }
    out.push_str("</feed>\n");
    Ok(out)
}

/// A reader's last digests, newest first.
pub(super) fn recent(pages: &Pages, reader: &Reader) -> Result<Vec<Digest>, Untold> {
    let claims = pages.store.claims()?;
    // By reader, then date.
    let dates = claims.into_iter().filter(|(id, _)| *id == reader.id).map(|(_, date)| date);
    let dates: Vec<_> = dates.collect();
    let mut digests = Vec::new();
    for date in dates.into_iter().rev().take(RECENT) {
        digests.extend(pages.store.digest(&reader.id, date)?);
    }
    Ok(digests)
}

/// What stands in the body of a page.
fn body(page: &str) -> &str {
    let begin = page.find("<body").and_then(|at| page[at..].find('>').map(|end| at + end + 1));
    let end = page.rfind("</body>");
    match (begin, end) {
        (Some(begin), Some(end)) if begin <= end => &page[begin..end],
        _ => page,
    }
}

/// Text as XML 1.0 shows it, without the characters it cannot hold.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\n' | '\t' => out.push(c),
            c if c.is_control() || matches!(c, '\u{fffe}' | '\u{ffff}') => {}
            c => out.push(c),
        }
    }
    out
}
