//! The digest as an HTML mail: one column, no script, no image, no font, nothing fetched.

use askama::Template;

use super::page::Page;
use super::{Links, NotLaidOut};
use crate::digest::Proven;

/// Larger mails are cut by Gmail (at 102 KB), with whatever comes last.
pub const MAX_BYTES: usize = 100_000;

#[derive(Template)]
#[template(path = "digest.html")]
struct Mail<'a> {
    page: &'a Page,
}

/// The digest as an HTML mail of at most [`MAX_BYTES`], with the taps that there are links for.
///
/// # Errors
/// [`NotLaidOut`] where the template fails.
pub fn html(digest: &Proven, links: &Links) -> Result<String, NotLaidOut> {
    let mut page = Page::of(digest.digest(), links);
    loop {
        let mail = Mail { page: &page }.render()?;
        if mail.len() <= MAX_BYTES || !shorten(&mut page) {
            return Ok(mail);
        }
    }
}

/// Leaves out what is missed least: names, second quotes, then whole points from the end.
fn shorten(page: &mut Page) -> bool {
    let cards = || page.sections.iter().flat_map(|section| &section.points);
    if cards().any(|card| card.quotes.len() > 1 || card.owners.len() > 3) {
        for card in page.sections.iter_mut().flat_map(|section| &mut section.points) {
            card.quotes.truncate(1);
            let hidden = card.owners.len().saturating_sub(3);
            card.owners.truncate(3);
            if hidden > 0 {
                card.more_owners = Some("others".to_owned());
            }
        }
        return true;
    }
    page.leave_out_one()
}
