//! An article's text: what is left of a page without its frame.
//!
//! The `trafilatura` crate finds the article. Around it stand steps of ours, each measured on pages
//! with known text (`eval::extraction`): the page is written anew with its paragraphs as such, boxes
//! that are no article on any site are taken out, so are paragraphs and lists that only lead
//! elsewhere, both ends are trimmed, and a lead that stands outside the article's own element is put
//! back.

use scraper::Html;
use trafilatura::HtmlDateMode;
use trafilatura::Options;
use trafilatura::dom::{Document, NodeId};
use url::Url;

use super::metadata::Metadata;
use super::{elsewhere, ends, lead, prepare};
use crate::text::html::{escape, for_a_tree};

/// Boxes that hold no article: by role, and by what sites call them.
///
/// Measured together; alone, each changes the evaluation by a few passages or by none. `rt` and
/// `rp` spell Japanese words out and would tear them apart. `paywall` is not among them: sites put
/// it on the paragraphs behind the wall.
pub(super) const BOXES: &str = "rt, rp, figcaption, nav, footer, aside, dialog, address, form, \
    [hidden], [aria-hidden=true], [role=navigation], [role=complementary], [role=dialog], \
    [role=contentinfo], [role=search], [class*=caption i], [class*=photo-credit i], \
    [class*=newsletter i], [id*=newsletter i], [class*=subscribe i], [class*=author-bio i], \
    [class*=author-box i], [class*=authorbox i], [class*=about-author i], \
    [class*=entry-author i], [class*=breadcrumb i], [id*=breadcrumb i], [class*=related i], \
    [id*=related i], [class*=recommend i], [class*=read-more i], [class*=readmore i], \
    [class*=see-also i], [class*=embedded-content i], [class*=cookie i], [class*=consent i], \
    [class*=content-blocker i], [class*=privacy-embed i], [class*=disclosure i], \
    [class*=disclaimer i], [class*=popup i], [class*=popmake i], [class*=modal i], \
    [id*=modal i], [class*=overlay i], [class*=sharedaddy i], [class*=share- i], \
    [class*=social i], [class*=tags i], [class*=feed-links i], [class*=contactbox i], \
    [class*=contact-box i], [class*=comment-item i], [id*=comments i], [class*=slider i], \
    [class*=appstores i]";

/// A box with a larger share of the page's text than this stays: its name misleads. With 0.2 and
/// 0.3 more of the wanted text went than of the unwanted.
const LARGEST_BOX: f64 = 0.1;

/// An article shorter than this (bytes) is looked for once more with every box left in.
const SUSPICIOUSLY_SHORT: usize = 400;

/// Boxes that hold what readers say below an article: by what blog engines and comment services call
/// them.
const COMMENTS: &str = "[class*=comment-list i], [class*=commentlist i], [class*=comment_list i], \
    [id*=comment_list i], [id*=comment-list i], [id*=commentlist i], [class*=comments-area i], \
    [id*=comments i], [id*=disqus i], [id=respond], [class*=comment-form i], [class*=comment-respond i], \
    [class*=comment-body i], [class*=comment-content i]";

/// Comments are often longer than the article; with more than this share of the page's text they
/// are what the page is for.
const MOST_COMMENTS: f64 = 0.5;

/// The article in `page` as HTML of the extractor's making (not sanitised), or nothing where the
/// page holds no text. `stated` is what the page says of itself.
pub(super) fn body(page: &Html, url: &Url, stated: &Metadata) -> Option<String> {
    let prepared = prepare::prepared(page);
    // Made of a tree within bounds it nearly always is within them; else it is read as plain text.
    let Some(prepared) = for_a_tree(&prepared) else { return Some(prepared) };
    let mut found = extract(without_frame(&prepared, url), url);
    if found.len() < SUSPICIOUSLY_SHORT {
        let whole = extract(Document::parse(&prepared), url);
        // What a page repeats for machines nobody has looked at.
        let readable = |body: &&String| for_a_tree(body).is_some();
        let for_machines = stated.body.as_ref().filter(readable).cloned().unwrap_or_default();
        for candidate in [whole, for_machines] {
            if candidate.len() > 2 * found.len() {
                found = candidate;
            }
        }
    }
    let found = ends::trimmed(&found, stated.title.as_deref());
    if found.trim().is_empty() {
        return None;
    }
    let leads = lead::leads(page, stated.description.as_deref(), &found);
    let leads: Vec<String> =
        leads.iter().map(|lead| format!("<p>{}</p>\n", escape(lead))).collect();
    Some(leads.concat() + &found)
}

fn extract(page: Document, url: &Url) -> String {
    let options = Options::default()
        .with_url(url.clone())
        .with_fallback(true)
        .with_exclude_comments(true)
        .with_html_date_mode(HtmlDateMode::Disabled);
    trafilatura::extract_document(page, &options)
        .map(|found| found.content_html)
        .unwrap_or_default()
}

fn without_frame(html: &str, url: &Url) -> Document {
    let mut page = Document::parse(html);
    let Some(body) = page.body() else { return page };
    remove_boxes(&mut page, body, BOXES, LARGEST_BOX);
    remove_boxes(&mut page, body, COMMENTS, MOST_COMMENTS);
    elsewhere::remove(&mut page, body, url);
    page
}

/// Removes the boxes with no more than `largest` of the text of `body`.
fn remove_boxes(page: &mut Document, body: NodeId, boxes: &str, largest: f64) {
    let largest = page.text_content(body).len() as f64 * largest;
    // Inner boxes first: an outer one may be small enough once they are gone.
    for node in page.query_selector_all(body, boxes).into_iter().rev() {
        let small = (page.text_content(node).len() as f64) < largest;
        if small && page.get_elements_by_tag_name(node, "h1").is_empty() {
            page.remove(node, true);
        }
    }
}
