//! One status → what was said.

use url::Url;

use super::Fields;
use crate::post::{Author, Enclosure, Relation, Said};
use crate::text::{html, urls};

/// Reads a status that `server` sent.
///
/// A boost is read as the words it passes on: their author, their page, their time, under the
/// boost's own id. Custom emoji stay the `:shortcodes:` they are.
///
/// # Errors
/// Why it is left out, in words.
pub(super) fn read(status: Fields<'_>, server: &Url) -> Result<Said, &'static str> {
    let key = key(status).ok_or("it has no id")?;
    let native_id = status.id("id");
    withheld(status)?;
    let Some(boosted) = status.object("reblog") else {
        let relation = relation(status);
        return Ok(Said { key, relation, native_id, ..words(status, server)? });
    };
    withheld(boosted)?;
    let said = words(boosted, server)?;
    let target = said.url.clone().or_else(|| boosted.id("uri")).or_else(|| boosted.id("id"));
    let relation = Relation::Boost(target.ok_or("it boosts a status that has no name")?);
    Ok(Said { key, relation, native_id, ..said })
}

/// What names a status for ever: its `uri`, which is the same on every server that knows it.
pub(super) fn key(status: Fields<'_>) -> Option<String> {
    status.id("uri").or_else(|| status.id("id"))
}

/// How a server is named in its accounts' addresses.
pub(super) fn host(server: &Url) -> String {
    let host = server.host_str().unwrap_or_default();
    server.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"))
}

/// What may be seen is not yet meant for everybody: only what its author made public is read, never
/// what was said to followers or to the people named in it.
///
/// Mastodon's `noindex` is no part of this: by its documentation it opts out of being indexed by
/// search engines, `indexable` into the search of the servers themselves, `discoverable` into being
/// recommended. None of them takes a public post back from those who read it, and the servers give it
/// to anybody, as a feed too. It is read, and marked [`Said::noindex`].
fn withheld(status: Fields<'_>) -> Result<(), &'static str> {
    if !matches!(status.text("visibility"), None | Some("public" | "unlisted")) {
        return Err("it is not public");
    }
    let account = status.object("account").ok_or("it has no author")?;
    if account.is("suspended") {
        return Err("its author's account is suspended");
    }
    Ok(())
}

fn words(status: Fields<'_>, server: &Url) -> Result<Said, &'static str> {
    let content = status.text("content").unwrap_or_default();
    // A content warning is the author's own heading, and often holds the only word for the subject.
    let title = status.text("spoiler_text").map(html::plain).filter(|title| !title.is_empty());
    let media: Vec<Medium<'_>> = status
        .list("media_attachments")
        .iter()
        .filter_map(|value| Medium::read(Fields(value), server))
        .collect();
    let mut text = html::to_text(content);
    if text.is_empty() {
        let descriptions: Vec<&str> =
            media.iter().filter_map(|medium| medium.description).collect();
        text = html::paragraphs(&descriptions.join("\n\n"));
    }
    if text.is_empty() && title.is_none() && media.is_empty() {
        return Err("nothing is said in it");
    }
    let author = status.object("account").map(|account| author(account, server));
    let url = ["url", "uri"]
        .iter()
        .find_map(|key| urls::absolute(status.text(key)?, None))
        .map(|url| urls::canonical(&url));
    let markup = markup(content, &media, status);
    Ok(Said {
        url,
        title,
        text,
        html: Some(html::sanitise(&markup, Some(server))).filter(|html| !html.is_empty()),
        author,
        published: status.moment("created_at"),
        updated: status.moment("edited_at"),
        tags: status
            .list("tags")
            .iter()
            .filter_map(|tag| Fields(tag).text("name").map(html::fold))
            .filter(|tag| !tag.is_empty())
            .collect(),
        enclosures: media.iter().map(Medium::enclosure).collect(),
        noindex: status.object("account").is_some_and(|account| account.is("noindex")),
        language: status.text("language").map(html::fold).filter(|code| !code.is_empty()),
        ..Said::default()
    })
}

fn author(account: Fields<'_>, server: &Url) -> Author {
    let username = account.text("username").or_else(|| account.text("acct"));
    let handle = account.text("fqn").or_else(|| account.text("acct")).or(username).map(|name| {
        let name = name.trim().trim_start_matches('@');
        // An account of the server itself goes without a host there.
        if name.contains('@') { name.to_owned() } else { format!("{name}@{}", host(server)) }
    });
    let name = account.text("display_name").map(html::plain).filter(|name| !name.is_empty());
    Author {
        name: name.or_else(|| username.map(html::fold)).filter(|name| !name.is_empty()),
        handle,
        url: account.text("url").and_then(|url| urls::absolute(url, None)).map(String::from),
    }
}

/// A quote that is also a reply is a quote: it counts for less.
fn relation(status: Fields<'_>) -> Relation {
    let quoted = status.object("quote").and_then(|quote| {
        // Mastodon wraps the quoted status with the state of its approval; others give it bare.
        let quoted = quote.object("quoted_status").unwrap_or(quote);
        let name = quoted.text("url").or_else(|| quoted.text("uri")).map(str::to_owned);
        name.or_else(|| quoted.id("id")).or_else(|| quote.id("quoted_status_id"))
    });
    if let Some(quoted) = quoted.or_else(|| status.id("quote_id")) {
        return Relation::Quote(quoted);
    }
    status.id("in_reply_to_id").map_or(Relation::Original, Relation::Reply)
}

struct Medium<'a> {
    url: Url,
    kind: &'a str,
    mime: Option<&'a str>,
    description: Option<&'a str>,
}

impl<'a> Medium<'a> {
    fn read(medium: Fields<'a>, server: &Url) -> Option<Self> {
        let url = ["url", "remote_url"]
            .iter()
            .find_map(|key| urls::absolute(medium.text(key)?, Some(server)))?;
        let mime = medium.object("pleroma").and_then(|pleroma| pleroma.text("mime_type"));
        Some(Self {
            url,
            kind: medium.text("type").unwrap_or("unknown"),
            mime,
            description: medium.text("description").map(str::trim),
        })
    }

    fn enclosure(&self) -> Enclosure {
        let media_type = self.mime.map(str::to_owned);
        Enclosure { url: self.url.to_string(), media_type, size_bytes: None }
    }
}

/// The content with what belongs to it but is not its words: what the pictures show, and the
/// options of a poll.
fn markup(content: &str, media: &[Medium<'_>], status: Fields<'_>) -> String {
    let mut parts = vec![content.to_owned()];
    for medium in media {
        let url = html::escape(medium.url.as_str());
        let shows = html::escape(medium.description.unwrap_or_default());
        parts.push(if medium.kind == "image" {
            format!("<p><img src=\"{url}\" alt=\"{shows}\"></p>")
        } else {
            let shows = if shows.is_empty() { &url } else { &shows };
            format!("<p><a href=\"{url}\">{shows}</a></p>")
        });
    }
    let options = status.object("poll").map_or(&[][..], |poll| poll.list("options"));
    let titles = options.iter().filter_map(|option| Fields(option).text("title"));
    parts.extend(titles.map(|title| format!("<p>{}</p>", html::escape(title))));
    parts.concat()
}
