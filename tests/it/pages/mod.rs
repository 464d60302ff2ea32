//! Kind `page`: listings, articles, discovery.

mod article;
mod discover;
mod hostile;
mod listing;
mod suggest;

use overheard::adapters::{Adapter, BadSetting, Page, Response, Step, Unreadable, kind};
use url::Url;

const CLASSES: &str = include_str!("../../fixtures/pages/listing_with_classes.html");
const FEATURED: &str =
    include_str!("../../fixtures/pages/listing_with_menu_and_featured_post.html");
const HOSTILE: &str = include_str!("../../fixtures/pages/listing_with_hostile_links.html");
const BOXES: &str =
    include_str!("../../fixtures/pages/article_with_lead_outside_and_boxes_inside.html");
const JSON_LD: &str = include_str!("../../fixtures/pages/article_with_line_breaks_in_json_ld.html");
const FEEDS: &str = include_str!("../../fixtures/pages/page_with_feeds.html");
const ASIDE: &str = include_str!("../../fixtures/pages/article_with_bare_words_and_comments.html");
const WORDPRESS: &str = include_str!("../../fixtures/pages/blog_wordpress.html");
const CARDS: &str = include_str!("../../fixtures/pages/blog_cards_with_hashed_classes.html");
const TABLE: &str = include_str!("../../fixtures/pages/blog_table_of_posts.html");
const LINKS: &str = include_str!("../../fixtures/pages/blog_list_of_links.html");
const BOXED: &str = include_str!("../../fixtures/pages/article_with_boxes_in_its_element.html");

const SELECTORS: &str = r#"
    url = "https://harbour.example.com/notes/"
    item = ".card"
    link = "a.more"
    title = ".card-title"
    date = ".when"
    date_format = "%d.%m.%Y"
    author = ".who"
    text = ".teaser"
    skip = ".sponsored"
    next = "a.older"
"#;

fn url(text: &str) -> Url {
    Url::parse(text).unwrap()
}

fn open(settings: &str) -> Result<Box<dyn Adapter>, BadSetting> {
    (kind("page").unwrap().open)(settings.parse().unwrap())
}

fn read(settings: &str, step: Step, from: &str, body: &[u8]) -> Result<Page, Unreadable> {
    let from = url(from);
    let response = Response {
        step,
        url: &from,
        content_type: Some("text/html"),
        link: None,
        content_language: None,
        body,
    };
    open(settings).unwrap().read(&response)
}

fn complaint(settings: &str) -> (String, String) {
    let bad = open(settings).err().unwrap();
    (bad.key, bad.why)
}

fn paragraphs(count: usize) -> String {
    let paragraph = |n| {
        format!(
            "<p>Paragraph {n} of a text that says, at some length, that a paragraph is a thing with words in it, one after another.</p>\n"
        )
    };
    (0..count).map(paragraph).collect()
}
