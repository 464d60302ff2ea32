//! What a marketer writes down about a page, made ready to use.

use scraper::Selector;
use toml::{Table, Value};
use url::Url;

use crate::adapters::BadSetting;

/// The settings of kind `page`.
///
/// The selectors are CSS. `link` to `text` are looked for within an `item`; without `item` the
/// posts of the listing are guessed. Those that begin with `article_` are looked for on an
/// article's own page, and only needed where what we find there by ourselves is wrong.
#[derive(Debug)]
pub(super) struct Settings {
    /// The page that lists the posts.
    pub(super) url: Url,
    /// One post of the listing.
    pub(super) item: Option<Selector>,
    /// The link to its article; else that of its heading, else its first.
    pub(super) link: Option<Selector>,
    /// Its title; else its heading, else the text of its link.
    pub(super) title: Option<Selector>,
    /// When it was published: a `datetime` attribute or words.
    pub(super) date: Option<Selector>,
    /// How `date` is written (strftime), where we misread it.
    pub(super) date_format: Option<String>,
    /// Who wrote it.
    pub(super) author: Option<Selector>,
    /// Its teaser; else its paragraphs.
    pub(super) text: Option<Selector>,
    /// Items that are this, or hold this, are left out.
    pub(super) skip: Option<Selector>,
    /// The link to the next page of the listing.
    pub(super) next: Option<Selector>,
    /// Whether each article's own page is fetched. Yes, unless it says no.
    pub(super) article: bool,
    /// The article's text on its own page.
    pub(super) article_text: Option<Selector>,
    /// What on an article's page is none of it: taken out before the article is looked for.
    pub(super) article_drop: Option<Selector>,
    /// The article's title on its own page.
    pub(super) article_title: Option<Selector>,
    /// The article's date on its own page.
    pub(super) article_date: Option<Selector>,
    /// The article's author on its own page.
    pub(super) article_author: Option<Selector>,
}

/// Every key there is.
pub(super) const KEYS: &[&str] = &[
    "url",
    "item",
    "link",
    "title",
    "date",
    "date_format",
    "author",
    "text",
    "skip",
    "next",
    "article",
    "article_text",
    "article_drop",
    "article_title",
    "article_date",
    "article_author",
];

impl Settings {
    /// Reads the settings; the first that cannot be used is the error.
    pub(super) fn read(mut table: Table) -> Result<Self, BadSetting> {
        let table = &mut table;
        let settings = Self {
            url: url(table)?,
            item: selector(table, "item")?,
            link: selector(table, "link")?,
            title: selector(table, "title")?,
            date: selector(table, "date")?,
            date_format: date_format(table)?,
            author: selector(table, "author")?,
            text: selector(table, "text")?,
            skip: selector(table, "skip")?,
            next: selector(table, "next")?,
            article: yes_or_no(table, "article")?,
            article_text: selector(table, "article_text")?,
            article_drop: selector(table, "article_drop")?,
            article_title: selector(table, "article_title")?,
            article_date: selector(table, "article_date")?,
            article_author: selector(table, "article_author")?,
        };
        if let Some(key) = table.keys().next() {
            return Err(bad(
                key,
                format!("no setting of kind \"page\"; there are {}", KEYS.join(", ")),
            ));
        }
        settings.fit_together()
    }

    fn fit_together(self) -> Result<Self, BadSetting> {
        let within_item = [
            ("link", &self.link),
            ("title", &self.title),
            ("date", &self.date),
            ("author", &self.author),
            ("text", &self.text),
        ];
        if self.item.is_none()
            && let Some((key, _)) = within_item.iter().find(|(_, selector)| selector.is_some())
        {
            let why = "is looked for within an item, and `item` is missing: add the selector of one post of the listing";
            return Err(bad(key, why.to_owned()));
        }
        let on_article = [
            ("article_text", &self.article_text),
            ("article_drop", &self.article_drop),
            ("article_title", &self.article_title),
            ("article_date", &self.article_date),
            ("article_author", &self.article_author),
        ];
        if !self.article
            && let Some((key, _)) = on_article.iter().find(|(_, selector)| selector.is_some())
        {
            let why = "is looked for on an article's page, and `article = false` says not to fetch it; remove one of the two";
            return Err(bad(key, why.to_owned()));
        }
        Ok(self)
    }
}

fn url(table: &mut Table) -> Result<Url, BadSetting> {
    let Some(text) = string(table, "url")? else {
        return Err(bad(
            "url",
            "is missing: the address of the page that lists the posts".to_owned(),
        ));
    };
    let url = Url::parse(text.trim()).map_err(|error| {
        bad("url", format!("{text:?} is no address ({error}); write it in full, with https://"))
    })?;
    if !matches!(url.scheme(), "http" | "https") || !url.has_host() {
        return Err(bad(
            "url",
            format!("{text:?} is no web page: it has to begin with https:// or http://"),
        ));
    }
    Ok(url)
}

fn selector(table: &mut Table, key: &str) -> Result<Option<Selector>, BadSetting> {
    let Some(css) = string(table, key)? else { return Ok(None) };
    if css.trim().is_empty() {
        return Err(bad(key, "is empty: write a CSS selector, or remove it".to_owned()));
    }
    // The parser's own words speak of its inside.
    Selector::parse(&css).map(Some).map_err(|_| {
        bad(
            key,
            format!(
                "{css:?} is no CSS selector: write one as in a style sheet, like \"article h2 a\" or \".post[id]\""
            ),
        )
    })
}

fn date_format(table: &mut Table) -> Result<Option<String>, BadSetting> {
    let Some(format) = string(table, "date_format")? else { return Ok(None) };
    // A date written in the format has to be readable by it; formats without a day are not.
    let sample = jiff::civil::date(2026, 3, 14).at(9, 26, 53, 0);
    let written = sample
        .to_zoned(jiff::tz::TimeZone::UTC)
        .ok()
        .and_then(|sample| jiff::fmt::strtime::format(&format, &sample).ok());
    match written.and_then(|written| super::dates::moment(&written, Some(&format))) {
        Some(_) => Ok(Some(format)),
        None => Err(bad(
            "date_format",
            format!(
                "{format:?} does not describe a whole date; an example is \"%d.%m.%Y\" for 14.03.2026"
            ),
        )),
    }
}

fn yes_or_no(table: &mut Table, key: &str) -> Result<bool, BadSetting> {
    match table.remove(key) {
        None => Ok(true),
        Some(Value::Boolean(value)) => Ok(value),
        Some(other) => Err(bad(key, format!("{other} is neither true nor false"))),
    }
}

fn string(table: &mut Table, key: &str) -> Result<Option<String>, BadSetting> {
    match table.remove(key) {
        None => Ok(None),
        Some(Value::String(text)) => Ok(Some(text)),
        Some(other) => Err(bad(key, format!("{other} is no text: put it in quotes"))),
    }
}

fn bad(key: &str, why: String) -> BadSetting {
    BadSetting { key: key.to_owned(), why }
}
