//! An article's text: what is left of a page without its frame.
//!
//! The `trafilatura` crate finds the article. Around it stand three steps of ours, each measured
//! on pages with known text (`eval::extraction`): boxes that are no article on any site are taken
//! out before, so are paragraphs that only lead elsewhere, and a lead that stands outside the
//! article's own element is put back.

use std::sync::LazyLock;

use scraper::{ElementRef, Html, Selector};
use trafilatura::Options;
use trafilatura::dom::Document;
use url::Url;

use super::elsewhere;
use crate::text::html::{escape, fold, to_text};

/// Boxes that hold no article: by role, and by what sites call them.
///
/// Measured together; alone, each changes the evaluation by a few passages or by none. `rt` and
/// `rp` spell Japanese words out and would tear them apart. `paywall` is not among them: sites put
/// it on the paragraphs behind the wall.
const BOXES: &str = "rt, rp, figcaption, nav, footer, aside, dialog, address, form, \
    [hidden], [aria-hidden=true], [role=navigation], [role=complementary], [role=dialog], \
    [role=contentinfo], [role=search], \
    [class*=caption], [class*=photo-credit], \
    [class*=newsletter], [id*=newsletter], [class*=subscribe], \
    [class*=author-bio], [class*=author-box], [class*=authorbox], [class*=about-author], \
    [class*=entry-author], [class*=breadcrumb], [id*=breadcrumb], [id*=Breadcrumb], \
    [class*=related], [class*=Related], [id*=related], [class*=recommend], [class*=read-more], \
    [class*=readmore], [class*=see-also], [class*=embedded-content], \
    [class*=cookie], [class*=Cookie], [class*=consent], [class*=content-blocker], \
    [class*=privacy-embed], [class*=disclosure], [class*=disclaimer], \
    [class*=popup], [class*=popmake], [class*=modal], [id*=modal], [class*=overlay], \
    [class*=sharedaddy], [class*=share-], [class*=social], [class*=tags], [class*=Tags], \
    [class*=feed-links], [class*=contactbox], [class*=contact-box], [class*=comment-item], \
    [id*=comments], [class*=slider], [class*=appstores]";

/// A box with a larger share of the page's text than this stays: its name misleads. With 0.2 and
/// 0.3 more of the wanted text went than of the unwanted.
const LARGEST_BOX: f64 = 0.1;

/// An article shorter than this (bytes) is looked for once more with every box left in.
const SUSPICIOUSLY_SHORT: usize = 400;

/// Letters and digits of a description that must agree with a paragraph for it to be the lead.
const LEAD_AGREES: usize = 40;

/// A lead is one paragraph, not the whole article again.
const LONGEST_LEAD: usize = 1_500;

/// The article in `page` as HTML of trafilatura's making (not sanitised), or nothing where the
/// page holds no text. `html` is what `page` was parsed from.
pub(super) fn body(
    html: &str,
    page: &Html,
    url: &Url,
    description: Option<&str>,
) -> Option<String> {
    let mut found = extract(without_frame(html, url), url);
    if found.len() < SUSPICIOUSLY_SHORT {
        let whole = extract(Document::parse(html), url);
        if whole.len() > 2 * found.len() {
            found = whole;
        }
    }
    if found.trim().is_empty() {
        return None;
    }
    match description.and_then(|description| lead(page, description, &found)) {
        Some(lead) => Some(format!("<p>{}</p>\n{found}", escape(&lead))),
        None => Some(found),
    }
}

fn extract(page: Document, url: &Url) -> String {
    let options =
        Options::default().with_url(url.clone()).with_fallback(true).with_exclude_comments(true);
    trafilatura::extract_document(page, &options)
        .map(|found| found.content_html)
        .unwrap_or_default()
}

fn without_frame(html: &str, url: &Url) -> Document {
    let mut page = Document::parse(html);
    let Some(body) = page.body() else { return page };
    let largest = page.text_content(body).len() as f64 * LARGEST_BOX;
    // Inner boxes first: an outer one may be small enough once they are gone.
    for node in page.query_selector_all(body, BOXES).into_iter().rev() {
        let small = (page.text_content(node).len() as f64) < largest;
        if small && page.get_elements_by_tag_name(node, "h1").is_empty() {
            page.remove(node, true);
        }
    }
    elsewhere::remove(&mut page, body, url);
    page
}

/// The paragraph that the page's own description begins with, where `found` lacks it.
fn lead(page: &Html, description: &str, found: &str) -> Option<String> {
    static PARAGRAPHS: LazyLock<Option<Selector>> =
        LazyLock::new(|| Selector::parse("body p, body h2, body h3, body h4, body div").ok());
    let beginning: String = letters(description).take(LEAD_AGREES).collect();
    if beginning.chars().count() < LEAD_AGREES {
        return None;
    }
    let text: String = letters(&to_text(found)).collect();
    if text.contains(&beginning) {
        return None;
    }
    let outer = page.select(PARAGRAPHS.as_ref()?).find(|it| begins_with(*it, &beginning))?;
    // Of nested elements that all begin so, the innermost is the paragraph itself.
    let inner = outer.select(PARAGRAPHS.as_ref()?).filter(|it| begins_with(*it, &beginning)).last();
    let paragraph = inner.unwrap_or(outer);
    let lead = fold(&paragraph.text().collect::<String>());
    (lead.chars().count() <= LONGEST_LEAD).then_some(lead)
}

/// The letters and digits of a text, in lower case: what stays the same however it is set.
fn letters(text: &str) -> impl Iterator<Item = char> {
    text.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase)
}

fn begins_with(element: ElementRef<'_>, beginning: &str) -> bool {
    let mut own = element.text().flat_map(letters);
    beginning.chars().all(|wanted| own.next() == Some(wanted))
}
